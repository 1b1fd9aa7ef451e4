import CLinux
import LinuxIO
import Memory
import ServerCore

/// The open listening sockets: those that the service manager has opened and passed on, or else
/// those that the settings name.
struct Listeners {
    private enum Origin {
        case setting(ListenAddress)
        /// With the name that the service manager gave it, which may be empty.
        case passed(name: Bytes)
    }

    private let origins: [Origin]
    let all: [Listener]

    /// Opens all, or ends the process with a line that names the one that failed. A socket that was
    /// passed with the name "https" is for TLS, any other is not; those of either kind take the place
    /// of its setting, and a kind of which none was passed is served where its setting says.
    init(_ configuration: Configuration) {
        var origins: [Origin] = []
        var all: [Listener] = []
        for index in 0..<linux_passed_count() {
            let name = Listeners.name(ofPassed: index)
            origins.append(.passed(name: name))
            all.append(
                Listener(
                    descriptor: Listeners.takePassed(index),
                    scheme: Listeners.scheme(ofPassed: name, configuration)))
        }
        func open(_ addresses: [ListenAddress], _ scheme: Scheme) {
            guard !all.contains(where: { $0.scheme == scheme }) else { return }
            for address in addresses {
                origins.append(.setting(address))
                all.append(
                    Listener(descriptor: Listeners.open(address, scheme), scheme: scheme))
            }
        }
        open(configuration.listen, .http)
        open(configuration.listenTLS, .https)
        self.origins = origins
        self.all = all
    }

    private static func scheme(ofPassed name: Bytes, _ configuration: Configuration) -> Scheme {
        guard name == "https" else { return .http }
        guard configuration.tls != .off else {
            exit(ExitCode.configuration) { line in
                line.add("the service manager has passed a socket for https, but tls = off; ")
                line.add("set tls = auto, or: sudo systemctl disable --now concord-https.socket")
            }
        }
        return .https
    }

    private static func open(_ address: ListenAddress, _ scheme: Scheme) -> Int32 {
        func listen(_ host: Bytes) -> Int32 {
            linux_listen(host.base, UInt64(host.count), address.port)
        }
        let descriptor: Int32
        if let host = address.host {
            descriptor = listen(host)
        } else {
            // One socket for both families, if the kernel has IPv6 at all.
            let both = listen(Bytes("::"))
            descriptor = SystemError(both).isWithoutIPv6 ? listen(Bytes("0.0.0.0")) : both
        }
        guard descriptor >= 0 else {
            exit(ExitCode.failure) { line in
                line.add("cannot listen on ")
                line.add(address.host ?? Bytes("*"))
                line.add(":")
                line.add(Int(address.port))
                line.add(": ")
                line.add(SystemError(descriptor).text)
                switch scheme {
                case .http: line.add("; choose another with --listen ADDR:PORT")
                case .https:
                    line.add("; choose another with --set listen_tls=ADDR:PORT, or --set tls=off")
                }
            }
        }
        return descriptor
    }

    private static func takePassed(_ index: Int32) -> Int32 {
        let descriptor = linux_passed_listener(index)
        guard descriptor >= 0 else {
            exit(ExitCode.configuration) { line in
                line.add("socket ")
                line.add(Int(index) + 1)
                line.add(" of the service manager (\"")
                line.add(name(ofPassed: index))
                line.add("\") does not wait for TCP connections; give it ListenStream=PORT")
            }
        }
        return descriptor
    }

    private static func name(ofPassed index: Int32) -> Bytes {
        var start: UnsafePointer<CChar>?
        let count = linux_passed_name(index, &start)
        guard count > 0, let start else { return .empty }
        return Bytes(cString: start).prefix(Int(count))
    }

    // MARK: - Where the server is to be found

    /// The port of the first listener of a kind; nil if there is none.
    func port(_ scheme: Scheme) -> UInt16? {
        all.first { $0.scheme == scheme }.map { UInt16(linux_local_port($0.descriptor)) }
    }

    /// Writes where the first listener is reached; `name` is for one of every address.
    func writeFirstAddress(named name: Bytes, into out: inout ByteWriter) {
        guard let origin = origins.first, let listener = all.first else { return }
        var host = name
        if case .setting(let address) = origin { host = address.host ?? name }
        Listeners.write(listener.scheme, host, Int(linux_local_port(listener.descriptor)), into: &out)
    }

    func announce() {
        for (origin, listener) in zip(origins, all) {
            let port = Int(linux_local_port(listener.descriptor))
            switch origin {
            case .setting(let address):
                announce(listener.scheme, address.host, port)
            case .passed(let name):
                announcePassed(listener, port, name)
            }
        }
    }

    /// nil is every address of the machine.
    private func announce(_ scheme: Scheme, _ host: Bytes?, _ port: Int) {
        if let host { return announceOne(scheme, host, port) }
        announceOne(scheme, Bytes("localhost"), port)
        let memory = TextMemory(bytes: 64)
        var index: Int32 = 0
        while linux_interface_address(index, memory.characters, 64) != 0 {
            announceOne(scheme, memory.text, port)
            index += 1
        }
    }

    private func announcePassed(_ listener: Listener, _ port: Int, _ name: Bytes) {
        var line = Line()
        line.add("the service manager has passed a socket on port ")
        line.add(port)
        if !name.isEmpty {
            line.add(" (")
            line.add(name)
            line.add(")")
        }
        line.print()
        let memory = TextMemory(bytes: 64)
        guard linux_local_address(listener.descriptor, memory.characters, 64) == 0 else { return }
        let host = memory.text
        announce(listener.scheme, host == "0.0.0.0" || host == "::" ? nil : host, port)
    }

    private func announceOne(_ scheme: Scheme, _ host: Bytes, _ port: Int) {
        var address = ByteWriter(.allocate(host.count + 32))
        defer { address.written.base.deallocate() }
        Listeners.write(scheme, host, port, into: &address)
        var line = Line()
        line.add("listening on ")
        line.add(address.bytes)
        line.print()
    }

    private static func write(
        _ scheme: Scheme, _ host: Bytes, _ port: Int, into out: inout ByteWriter
    ) {
        let isIPv6 = host.firstIndex(of: UInt8(ascii: ":")) != nil
        switch scheme {
        case .http: out.append("http://")
        case .https: out.append("https://")
        }
        if isIPv6 { out.append("[") }
        out.append(host)
        if isIPv6 { out.append("]") }
        out.append(":")
        out.appendDecimal(port)
    }
}

/// Room for a text that a C function writes.
private struct TextMemory {
    private let memory: MutableBytes

    init(bytes: Int) { memory = .allocate(bytes) }

    var characters: UnsafeMutablePointer<CChar> {
        UnsafeMutableRawPointer(memory.base).assumingMemoryBound(to: CChar.self)
    }
    var text: Bytes { Bytes(cString: characters) }
}
