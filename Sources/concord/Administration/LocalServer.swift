import Administration
import CLinux
import Crypto
import Memory
import Model
import ServerCore
import Storage

/// A server that nobody can connect to: while none runs, commands are carried out by one of their
/// own, in this process, with the same checks and events.
final class LocalServer {
    private let server: Server
    private let store: Store

    /// - Throws: `locked` while a server runs on the data.
    init(
        _ settings: ConfigurationLoader, _ configuration: Configuration
    ) throws(StorageError) {
        var configuration = configuration
        configuration.options.connections = 8
        configuration.options.inputBuffers = 4
        configuration.options.outputBuffers = 4
        configuration.options.verifiedTokens = 0
        Replacement.settle(in: configuration.dataFolder)
        DamagedLog.setAside(in: configuration.dataFolder, makeLog())
        let path = permanent(configuration.dataFolder, "/concord.db")
        store = try Store(path: path.cString, options: configuration.store)
        var serve = Serve(settings, configuration)
        serve.rememberLimits(store)
        // No token is made or looked at here.
        let key = MutableBytes.allocate(32)
        linux_random(key.base, UInt64(key.count))
        server = serve.makeServer(store, .secret(key.bytes))
        server.start(at: linux_monotonic_ms())
    }

    var hasServed: Bool { ((try? server.isFirstStart()) ?? false) == false }

    /// One request, from its first byte to the end of its answer. What it changed is durable then.
    func answer(_ request: Bytes) -> TextBuffer {
        var capture = Capture()
        beginTurn()
        guard let operatorsConnection = server.accept(from: .controlSocket, over: .http) else {
            return capture.text
        }
        var rest = request
        while !capture.isClosed {
            if capture.hasEnded {
                server.didEnd(operatorsConnection)
            } else if !rest.isEmpty, let buffer = server.readBuffer(for: operatorsConnection) {
                let piece = rest.prefix(min(rest.count, buffer.count))
                buffer.copy(piece, at: 0)
                rest = rest.dropFirst(piece.count)
                server.didRead(operatorsConnection, count: piece.count)
            }
            server.finishTurn(&capture)
            beginTurn()
        }
        return capture.text
    }

    private func beginTurn() {
        server.beginTurn(TurnTime(monotonic: linux_monotonic_ms(), wall: linux_wall_ms()))
    }

    func close() {
        // Kept or not: nobody waits for it any more.
        try? server.finish()
        store.close()
    }
}

/// A peer that takes everything at once.
private struct Capture: Transport, ~Copyable {
    let text = TextBuffer()
    var hasEnded = false
    var isClosed = false

    mutating func write(_ connection: Handle, _ output: Output) -> WriteOutcome {
        for index in 0..<output.pieceCount { text.append(output[index]) }
        return .wrote(output.count)
    }

    mutating func setInterest(_ connection: Handle, reading: Bool, writing: Bool) {}
    mutating func shutdownWrite(_ connection: Handle) { hasEnded = true }
    mutating func close(_ connection: Handle) { isClosed = true }
}
