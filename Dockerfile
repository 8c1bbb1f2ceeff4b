# The image of zendesk-activation. Nothing of it runs an install script: the native modules (classic-level, snappy,
# lz4-napi) bring built binaries for glibc, which is why the base is Debian and not Alpine.

FROM node:24.21.0-bookworm-slim AS build
WORKDIR /build
# The packages first: they stay cached while the sources change.
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build && npm prune --omit=dev --ignore-scripts

FROM node:24.21.0-bookworm-slim
ENV NODE_ENV=production
# Nothing is installed in this image any more. The program's own folder belongs to root, so that the program cannot
# change itself; the folder of its state is the only one that it writes to.
RUN rm -rf /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /opt/yarn-* \
  && install -d -o 65532 -g 65532 -m 0750 /var/lib/zendesk-activation
WORKDIR /app
COPY package.json LICENSE ./
COPY schemas ./schemas
COPY --from=build /build/node_modules ./node_modules
COPY --from=build /build/dist ./dist
# By number: the kubelet cannot tell from a name that it is not root (runAsNonRoot).
USER 65532:65532
EXPOSE 9464
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "/app/dist/main.js"]
CMD ["run", "--config", "/etc/zendesk-activation/config/config.yaml"]
