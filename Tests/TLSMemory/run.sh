#!/usr/bin/env bash
# Holds the TLS shim to its memory, under AddressSanitizer, with the mbedTLS that is installed, or one
# that was unpacked:
#     Tests/TLSMemory/run.sh [FOLDER]
set -euo pipefail
cd "$(dirname "$0")/../.."

where=(-Wl,-Bstatic)
name=installed
if (( $# )); then
    where=(-I "$1/usr/include" -L "$1/usr/lib" -Wl,-Bstatic)
    name=unpacked
fi
build=build/tls-memory-$name
mkdir -p "$build"
cc -g -O1 -fsanitize=address -std=gnu2x -Wall -Wextra -Werror -I Sources/CMbedTLS/include -I Tests/TLSClient/include \
    Tests/TLSMemory/main.c Tests/TLSClient/TLSClient.c Sources/CMbedTLS/*.c \
    -Wl,--wrap=calloc -Wl,--wrap=free "${where[@]}" -lmbedtls -lmbedx509 -lmbedcrypto \
    -Wl,-Bdynamic -o "$build/tls-memory"

for kind in "p256 ec:P-256" "rsa2048 rsa:2048" "rsa4096 rsa:4096"; do
    read -r file key <<<"$kind"
    [[ $key == ec:* ]] && options=(-newkey ec -pkeyopt "ec_paramgen_curve:${key#ec:}") ||
        options=(-newkey "$key")
    openssl req -x509 "${options[@]}" -nodes -days 30 -subj /CN=localhost \
        -addext subjectAltName=DNS:localhost \
        -keyout "$build/$file.key" -out "$build/$file.pem" 2>/dev/null
done
cd "$build"
# What is still in use at its end is no loss.
ASAN_OPTIONS=detect_leaks=0 ./tls-memory p256 rsa2048 rsa4096
