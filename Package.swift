// swift-tools-version: 6.0
import PackageDescription

// One source, two build modes: `swift build -c release` is Embedded Swift, which
// ships; debug is ordinary Swift, which `swift test` needs. The unsafe flag is
// used instead of `.enableExperimentalFeature`, which loses its condition at link.
let embedded: [SwiftSetting] = [
    .unsafeFlags(
        [
            "-enable-experimental-feature", "Embedded", "-enforce-exclusivity=unchecked",
            "-Xfrontend", "-function-sections",
        ],
        .when(configuration: .release))
]

// Every shim is small C with a header of our own: Swift never sees the vendors'.
let shim: [CSetting] = [
    .unsafeFlags(["-Os", "-ffunction-sections", "-fdata-sections", "-fstack-protector-strong"]),
    // The sanitizers of debug builds have checks of their own in these places.
    .define("_FORTIFY_SOURCE", to: "2", .when(configuration: .release)),
    .define("CONCORD_COUNT_ALLOCATIONS", .when(configuration: .release)),
    .define("CONCORD_STATIC", .when(configuration: .release)),
]

// A static, stripped executable whose own allocations are counted (AllocationCount.c). The
// Makefile and Board/targets make it position-independent where the C library can start that.
let staticLink: [LinkerSetting] = [
    .unsafeFlags(
        [
            "-enable-experimental-feature", "Embedded", "-use-ld=lld",
            "-Xclang-linker", "-static", "-Xclang-linker", "-Wno-unused-command-line-argument",
            "-Xlinker", "-s",
            "-Xlinker", "--wrap=malloc", "-Xlinker", "--wrap=calloc",
            "-Xlinker", "--wrap=realloc", "-Xlinker", "--wrap=posix_memalign",
            "-Xlinker", "--wrap=aligned_alloc", "-Xlinker", "--wrap=free",
        ],
        .when(configuration: .release))
]

func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: embedded)
}

func tests(_ name: String, of dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies + ["TestSupport", "Memory"])
}

let package = Package(
    name: "concord",
    products: [
        .executable(name: "concord", targets: ["concord"]),
        .executable(name: "concord-echo", targets: ["Echo"]),
    ],
    targets: [
        .target(name: "CLinux", cSettings: shim),
        .target(
            name: "CDescriptions", exclude: ["openapi.json", "asyncapi.json"], cSettings: shim),
        .target(name: "WebClient", exclude: ["page", "pack", "picture.webp"], cSettings: shim),
        .target(
            name: "CTrustPage", exclude: ["trust.html", "trust.css", "trust.js", "concord.mobileconfig"],
            cSettings: shim),
        .target(
            name: "CMbedTLS", cSettings: shim,
            linkerSettings: [
                .linkedLibrary("mbedtls"), .linkedLibrary("mbedx509"), .linkedLibrary("mbedcrypto"),
            ]),
        .target(
            name: "CSQLite", dependencies: ["CUnicode"], cSettings: shim,
            linkerSettings: [.linkedLibrary("sqlite3"), .linkedLibrary("m")]),
        .target(
            name: "CUnicode", cSettings: shim + [.define("UTF8PROC_STATIC")],
            linkerSettings: [.linkedLibrary("utf8proc")]),

        module("Memory"),
        module("UnicodeText", ["CUnicode", "Memory"]),
        module("JSON", ["Memory"]),
        module("HTTP", ["Memory"]),
        module("WebSocket", ["Memory"]),
        module("Pictures", ["Memory"]),
        module("Model", ["Memory"]),
        module("Crypto", ["CMbedTLS", "JSON", "Memory"]),
        module("TLS", ["CMbedTLS", "Memory"]),
        module("Certificates", ["CMbedTLS", "Crypto", "Memory"]),
        module("Storage", ["CSQLite", "Model", "Memory", "UnicodeText"]),
        module("ConcordProtocol", ["Model", "JSON", "Memory", "UnicodeText"]),
        module("Administration", ["Model", "JSON", "Memory"]),
        module(
            "ServerCore",
            [
                "ConcordProtocol", "Crypto", "HTTP", "JSON", "Memory", "Model", "Pictures", "Storage",
                "TLS", "UnicodeText", "WebSocket",
            ]),
        module("LinuxIO", ["CLinux", "Memory", "Model", "ServerCore"]),
        .executableTarget(
            name: "concord",
            dependencies: [
                "Administration", "CDescriptions", "CLinux", "CTrustPage", "Certificates", "Crypto",
                "JSON", "LinuxIO", "Memory", "Model", "ServerCore", "Storage", "TLS", "WebClient",
            ],
            swiftSettings: embedded + [.unsafeFlags(["-parse-as-library"])],
            linkerSettings: staticLink),

        .target(name: "TestSupport", dependencies: ["Memory"], path: "Tests/TestSupport"),
        .target(name: "TLSClient", path: "Tests/TLSClient", cSettings: shim),
        .executableTarget(
            name: "Echo",
            dependencies: [
                "CLinux", "Crypto", "HTTP", "LinuxIO", "Memory", "Model", "ServerCore", "WebSocket",
            ],
            path: "Tests/Echo",
            swiftSettings: embedded + [.unsafeFlags(["-parse-as-library"])],
            linkerSettings: staticLink),

        tests("MemoryTests", of: []),
        tests("UnicodeTextTests", of: ["UnicodeText"]),
        tests("JSONTests", of: ["JSON"]),
        tests("HTTPTests", of: ["HTTP"]),
        tests("WebSocketTests", of: ["WebSocket"]),
        tests("PicturesTests", of: ["Pictures"]),
        tests("ModelTests", of: ["Model"]),
        tests("ProtocolTests", of: ["ConcordProtocol", "JSON", "Model"]),
        tests("AdministrationTests", of: ["Administration", "JSON", "Model"]),
        tests("CryptoTests", of: ["Crypto", "CMbedTLS"]),
        tests("CertificatesTests", of: ["Certificates"]),
        tests("TLSTests", of: ["CMbedTLS", "TLS", "TLSClient"]),
        tests("LinuxIOTests", of: ["CLinux", "LinuxIO", "Model", "ServerCore"]),
        tests("StorageTests", of: ["Storage", "Model"]),
        tests(
            "ServerCoreTests",
            of: [
                "ServerCore", "ConcordProtocol", "Crypto", "HTTP", "Model", "Storage", "TLS",
                "TLSClient", "WebSocket",
            ]),
    ],
    cLanguageStandard: .gnu2x
)
