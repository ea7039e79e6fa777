# The image of countersign: Node, the libraries it is linked with, the program, and nothing else.
#
# The base is pinned by its exact version, here alone. Where the image is built for others, pin the digest too:
# --build-arg BASE=docker.io/library/node:24.21.0-bookworm-slim@sha256:…
ARG BASE=docker.io/library/node:24.21.0-bookworm-slim

FROM ${BASE} AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
COPY test/runtime/package.json test/runtime/
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY src src
RUN npm run build

FROM ${BASE} AS dependencies
WORKDIR /dependencies
COPY package.json package-lock.json .npmrc ./
COPY test/runtime/package.json test/runtime/
RUN npm ci --omit=dev --omit=optional && rm -rf node_modules/@countersign node_modules/.bin

FROM ${BASE} AS system
WORKDIR /system
RUN mkdir -p usr/local/bin etc tmp && chmod 1777 tmp
RUN cp "$(command -v node)" usr/local/bin/node
RUN ldd usr/local/bin/node | grep -o '/[^ ]*' | xargs -I '{}' cp -L --parents '{}' .
RUN echo 'nonroot:x:65532:65532::/tmp:/none' > etc/passwd && echo 'nonroot:x:65532:' > etc/group

FROM scratch
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="countersign"
LABEL org.opencontainers.image.description="Image-signature verifier for OPA Gatekeeper"
LABEL org.opencontainers.image.licenses="Apache-2.0"
LABEL org.opencontainers.image.version="${VERSION}"
COPY --from=system /system /
COPY LICENSE package.json /app/
COPY bin /app/bin
COPY config/default /app/config/default
COPY --from=dependencies /dependencies/node_modules /app/node_modules
COPY --from=build /build/dist /app/dist
ENV NODE_ENV=production
ENV COUNTERSIGN_ADDRESS=:6001
ENV COUNTERSIGN_HEALTH_ADDRESS=:9099
ENV COUNTERSIGN_METRICS_ADDRESS=:8888
# Mounted: tls.crt and tls.key. Nothing is ever written beside them, nor anywhere else but in /tmp.
ENV COUNTERSIGN_CERT_DIR=/certs
WORKDIR /app
USER 65532:65532
EXPOSE 6001 8888 9099
ENTRYPOINT ["/usr/local/bin/node", "/app/bin/countersign.js"]
CMD ["serve"]
