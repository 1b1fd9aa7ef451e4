import CLinux
import LinuxIO
import Memory

/// The open listening sockets.
struct Listeners {
    private let addresses: [ListenAddress]
    let descriptors: [Int32]

    /// Opens all, or ends the process with a line that names the one that failed.
    init(_ addresses: [ListenAddress]) {
        self.addresses = addresses
        var descriptors: [Int32] = []
        for address in addresses { descriptors.append(Listeners.open(address)) }
        self.descriptors = descriptors
    }

    private static func open(_ address: ListenAddress) -> Int32 {
        let descriptor: Int32
        if let host = address.host {
            descriptor = linux_listen(host.cString, address.port)
        } else {
            // One socket for both families, if the kernel has IPv6 at all.
            let both = linux_listen("::", address.port)
            descriptor = SystemError(both).isWithoutIPv6 ? linux_listen("0.0.0.0", address.port) : both
        }
        guard descriptor >= 0 else {
            exit(ExitCode.failure) { line in
                line.add("cannot listen on ")
                line.add(address.host ?? Bytes("*"))
                line.add(":")
                line.add(Int(address.port))
                line.add(": ")
                line.add(SystemError(descriptor).text)
                line.add("; choose another with --listen ADDR:PORT")
            }
        }
        return descriptor
    }

    /// Says where the server is to be found.
    func announce() {
        for (address, descriptor) in zip(addresses, descriptors) {
            let port = Int(linux_local_port(descriptor))
            if let host = address.host {
                announce(host, port)
            } else {
                announce(Bytes("localhost"), port)
                announceInterfaces(port)
            }
        }
    }

    private func announceInterfaces(_ port: Int) {
        let memory = MutableBytes.allocate(64)
        let text = UnsafeMutableRawPointer(memory.base).assumingMemoryBound(to: CChar.self)
        var index: Int32 = 0
        while linux_interface_address(index, text, 64) != 0 {
            announce(Bytes(cString: text), port)
            index += 1
        }
    }

    private func announce(_ host: Bytes, _ port: Int) {
        let isIPv6 = host.firstIndex(of: UInt8(ascii: ":")) != nil
        var line = Line()
        line.add("listening on http://")
        if isIPv6 { line.add("[") }
        line.add(host)
        if isIPv6 { line.add("]") }
        line.add(":")
        line.add(port)
        line.print()
    }
}
