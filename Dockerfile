# One image for both roles: `serve` (web, the default), `work` (workers), and every other command.
FROM node:22-bookworm-slim AS base
WORKDIR /srv/whence

FROM base AS build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY . .
# Builds the Prisma client and the pages with the same script as in a checkout.
RUN node scripts/build.mjs

FROM base AS production
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --omit=dev

FROM base
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 DATA_DIR=/var/lib/whence
# git reads code; ca-certificates are for its https.
RUN apt-get update \
  && apt-get install -y --no-install-recommends ca-certificates git \
  && rm -rf /var/lib/apt/lists/*
RUN install -d -m 0700 -o node -g node /var/lib/whence
COPY --from=production /srv/whence/node_modules node_modules
COPY --from=build /srv/whence/build build
# tsx runs the server, CLI and workers from source; only the pages are built.
COPY package.json tsconfig.json ./
COPY prisma prisma
COPY public public
COPY --from=build /srv/whence/app app
COPY workers workers
COPY server server
COPY cli cli
USER node
VOLUME /var/lib/whence
EXPOSE 3000
ENTRYPOINT ["node", "--import", "tsx", "cli/main.ts"]
CMD ["serve"]
