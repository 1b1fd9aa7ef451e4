import CLinux
import LinuxIO
import Memory
import ServerCore

/// An echo server on the same loop and the same WebSocket code as the chat server, for the
/// Autobahn cases: `concord-echo --listen ADDR:PORT [--message-bytes N]`.
@main
struct Main {
    static func main() {
        var address = Bytes("127.0.0.1:9001")
        var messageBytesMax = 16 << 20
        var index: Int32 = 1
        while index + 1 < linux_argument_count() {
            let value = Bytes(cString: linux_argument(index + 1)!)
            switch Bytes(cString: linux_argument(index)!) {
            case "--listen": address = value
            case "--message-bytes": messageBytesMax = number(value)
            default: usage()
            }
            index += 2
        }
        guard let colon = address.firstIndex(of: UInt8(ascii: ":")) else { usage() }
        run(
            on: address.prefix(colon), port: number(address.dropFirst(colon + 1)),
            messageBytesMax: messageBytesMax)
    }

    private static func run(on host: Bytes, port: Int, messageBytesMax: Int) {
        let listener = linux_listen(host.base, UInt64(host.count), UInt16(port))
        guard listener >= 0 else { fail(SystemError(listener)) }
        let server = EchoServer(messageBytesMax: messageBytesMax)
        do {
            var loop = try EventLoop(
                server, listeners: [Listener(descriptor: listener, scheme: .http)], signals: linux_signals_open(),
                connections: EchoServer.connectionsMax,
                log: Log { _, line in write(line, to: 2) })
            write(Bytes("listening on http://127.0.0.1:"), to: 1)
            writeLine(Int(linux_local_port(listener)))
            try loop.run()
        } catch {
            fail(error)
        }
    }

    private static func number(_ text: Bytes) -> Int {
        var value = 0
        for index in 0..<text.count {
            let digit = text[index] &- UInt8(ascii: "0")
            guard digit <= 9, value < 1 << 40 else { usage() }
            value = value * 10 + Int(digit)
        }
        return value
    }

    private static func writeLine(_ number: Int) {
        var out = ByteWriter(.allocate(32))
        out.appendDecimal(number)
        out.append(UInt8(ascii: "\n"))
        write(out.bytes, to: 1)
    }

    private static func write(_ text: Bytes, to descriptor: Int32) {
        linux_write_all(descriptor, text.base, UInt64(text.count))
    }

    private static func usage() -> Never {
        write(Bytes("usage: concord-echo [--listen ADDR:PORT] [--message-bytes N]\n"), to: 2)
        linux_exit(64)
    }

    private static func fail(_ error: SystemError) -> Never {
        write(error.text, to: 2)
        write(Bytes("\n"), to: 2)
        linux_exit(1)
    }
}
