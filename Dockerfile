# One function's image, for those with an image builder: docker build --build-arg FUNCTION=query-users .
# Without one: npm run images. Both hold the same files, and only the last argument's layer differs
# between functions.
FROM node:24-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY . .
ARG FUNCTION
# The image's Node is the one of the lock file; that of this stage only runs npm.
RUN npm run images -- --folder /image "$FUNCTION"

FROM scratch
COPY --from=build /image/node/ /
COPY --from=build /image/framework/ /
COPY --from=build /image/function/ /
ARG FUNCTION
ENV NODE_ENV=production \
    FUNCTION_TARGET=$FUNCTION \
    FUNCTION_SIGNATURE_TYPE=http \
    FUNCTION_SOURCE=/app/function/index.mjs
WORKDIR /app
USER 65532:65532
ENTRYPOINT ["/usr/local/bin/node", "--max-http-header-size=65536", "/app/node_modules/@google-cloud/functions-framework/build/src/main.js"]
