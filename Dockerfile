# syntax=docker/dockerfile:1
# A job server with SQLite on a volume:
#   docker build -t openjobs .
#   docker run -p 8080:8080 -v jobs:/data -e OJS_API_KEY=change-me openjobs

FROM node:24-slim AS build
WORKDIR /app
COPY . .
RUN --mount=type=cache,target=/root/.npm npm ci
RUN npm run build && npm prune --omit=dev

FROM node:24-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/packages/openjobs/package.json ./packages/openjobs/
COPY --from=build /app/packages/openjobs/dist ./packages/openjobs/dist

# The folder must belong to the server before it becomes a volume: a new volume inherits its owner.
RUN mkdir /data && chown node:node /data
VOLUME /data
USER node
EXPOSE 8080

# Open to the network, so the server refuses to start without OJS_API_KEY.
# The exec form makes node PID 1: it receives SIGTERM itself and drains. It starts no children, so it needs no init.
ENTRYPOINT ["node", "/app/packages/openjobs/dist/cli/main.js"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8080", "--storage", "sqlite:/data/jobs.db"]

# The image has no curl.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/ojs/v1/health').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
