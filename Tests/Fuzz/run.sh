#!/bin/sh
# Fuzzes one decoder: Tests/Fuzz/run.sh TARGET SECONDS
#
# A target is the harness Tests/Fuzz/FuzzTARGET.swift, or the folder TARGET, whose entry is
# `@_cdecl("LLVMFuzzerTestOneInput")`, the inputs to begin with in seeds/TARGET, and a
# line under "modules" below: what it imports, each module after those that it needs. C modules
# and the libraries that they link have lines of their own.
#
# The corpus grows in .build/fuzz/TARGET/corpus from run to run. A crash fails the run;
# the input that causes it stays, and the program takes its path to show it again.
set -eu

target=${1:?target: JSON, HTTP, WebSocket, ClientMessage, Pictures or Server}
seconds=${2:?seconds to run}

harness=Tests/Fuzz/Fuzz$target.swift
shims=""
libraries=""
case $target in # modules
    JSON) modules="Memory JSON" ;;
    HTTP) modules="Memory HTTP" ;;
    WebSocket) modules="Memory WebSocket" ;;
    ClientMessage)
        shims="CUnicode"
        libraries="-lutf8proc"
        modules="Memory UnicodeText JSON Model ConcordProtocol"
        ;;
    Pictures) modules="Memory Pictures" ;;
    Server)
        harness="Tests/Fuzz/Server/*.swift"
        shims="CUnicode CMbedTLS CSQLite"
        libraries="-lmbedtls -lmbedx509 -lmbedcrypto -lsqlite3 -lutf8proc -lm"
        modules="Memory UnicodeText JSON HTTP WebSocket Model Pictures Crypto TLS Storage ConcordProtocol ServerCore"
        ;;
    *) echo "unknown target $target" >&2; exit 2 ;;
esac

cd "$(dirname "$0")/../.."
work=$PWD/.build/fuzz/$target
seeds=Tests/Fuzz/seeds/$target
rm -rf "$work/build"
mkdir -p "$work/build" "$work/corpus" "$work/crashes"

# Ordinary Swift, optimised but with every check; -Onone in FUZZ_SWIFTFLAGS if a planted
# bug must not be optimised away.
flags="-sanitize=fuzzer,address -parse-as-library -wmo -g -I $work/build ${FUZZ_SWIFTFLAGS:--O}"
objects=""
for shim in $shims; do
    include=$PWD/Sources/$shim/include
    mkdir -p "$work/build/$shim"
    printf 'module %s { umbrella header "%s/%s.h" export * }\n' "$shim" "$include" "$shim" \
        > "$work/build/$shim/module.modulemap"
    flags="$flags -I $work/build/$shim -Xcc -I$include"
    for source in Sources/"$shim"/*.c; do
        object=$work/build/$shim/$(basename "$source" .c).o
        clang -std=gnu2x -O1 -g -fsanitize=fuzzer-no-link,address -DUTF8PROC_STATIC \
            -I "$include" -I Sources/CUnicode/include -c "$source" -o "$object"
        objects="$objects $object"
    done
done
for module in $modules; do
    # shellcheck disable=SC2086
    swiftc $flags -module-name "$module" -c $(find Sources/"$module" -name '*.swift') \
        -emit-module -emit-module-path "$work/build/$module.swiftmodule" \
        -o "$work/build/$module.o"
    objects="$objects $work/build/$module.o"
done
# shellcheck disable=SC2086
swiftc $flags -module-name Fuzz -c $harness -o "$work/build/Fuzz.o"
# shellcheck disable=SC2086
swiftc -sanitize=fuzzer,address -use-ld=lld "$work/build/Fuzz.o" $objects $libraries \
    -o "$work/build/fuzz"

dictionary=""
if [ -f "$seeds.dict" ]; then dictionary="-dict=$seeds.dict"; fi

# Swift's own backtraces trip the address sanitizer and hang.
# shellcheck disable=SC2086
if ! SWIFT_BACKTRACE=enable=no ASAN_OPTIONS=detect_leaks=0 "$work/build/fuzz" \
    -max_total_time="$seconds" -max_len=4096 -timeout=5 -print_final_stats=1 \
    -artifact_prefix="$work/crashes/" $dictionary "$work/corpus" "$seeds" \
    2>"$work/log"; then
    tail -n 40 "$work/log" >&2
    echo "Failed. Reproduce: $work/build/fuzz $(ls -t "$work"/crashes/* | head -n 1)" >&2
    exit 1
fi
echo "$target: $(grep '^Done' "$work/log")"
