# syntax=docker/dockerfile:1

# Images are named by version. For a build that can be repeated bit by bit, pin them by digest as well:
#   docker buildx imagetools inspect node:24-bookworm-slim --format '{{.Manifest.Digest}}'
#   docker build --build-arg BUILD_IMAGE=node:24-bookworm-slim@sha256:… --build-arg RUN_IMAGE=…@sha256:… .
ARG BUILD_IMAGE=node:24-bookworm-slim
ARG RUN_IMAGE=gcr.io/distroless/nodejs24-debian12:nonroot

# The bundle is the same for every platform, so it is built on the builder's own.
FROM --platform=$BUILDPLATFORM ${BUILD_IMAGE} AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json LICENSE ./
COPY scripts scripts
COPY src src
RUN npm run build

# The bundle, that of the traces, and Node: no npm, no shell, no package that is not in them. Nothing is written at run time, so the
# root file system may be read-only.
FROM ${RUN_IMAGE}
LABEL org.opencontainers.image.title="ModelRollout" \
      org.opencontainers.image.description="Releases new versions of AI models step by step on AWS" \
      org.opencontainers.image.licenses="Apache-2.0"
WORKDIR /app
COPY --from=build /src/dist/main.mjs /src/dist/main.mjs.map /src/dist/tracing.mjs /src/dist/tracing.mjs.map ./
COPY --from=build /src/dist/main.mjs.LEGAL.txt /src/dist/THIRD-PARTY-NOTICES.txt /src/LICENSE ./
USER 65532:65532
# Node sizes its heap by the machine's memory and collects late: without these 1,000 rollouts take twice the memory. The
# heap fits the memory limit of the Deployment (512Mi); who raises the one sets NODE_OPTIONS in the Deployment as well.
# The rest is for glibc, which else keeps an arena for each thread.
ENV NODE_ENV=production
ENV NODE_OPTIONS="--max-semi-space-size=4 --max-old-space-size=384"
ENV MALLOC_ARENA_MAX=1 MALLOC_TRIM_THRESHOLD_=65536
EXPOSE 8080 8081
# Stack traces name places in the bundle. NODE_OPTIONS=--enable-source-maps names those in the sources, for 65 MiB of memory.
ENTRYPOINT ["/nodejs/bin/node", "/app/main.mjs"]
