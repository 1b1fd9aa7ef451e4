import CLinux
import Memory
import Model
import ServerCore

/// A listening socket, and what is spoken on it.
public struct Listener {
    public let descriptor: Int32
    public let scheme: Scheme

    public init(descriptor: Int32, scheme: Scheme) {
        self.descriptor = descriptor
        self.scheme = scheme
    }
}

/// One thread, one wait: drives a `TurnHandler` turn by turn until it has finished.
public struct EventLoop<Handler: TurnHandler>: ~Copyable {
    /// Peers accepted per listener and turn: a storm of newcomers does not starve the rest.
    private static var acceptsPerTurn: Int { 64 }
    private static var eventsPerTurn: Int { Int(LINUX_EVENTS_MAX) }
    /// The longest line of statistics.
    private static var lineBytes: Int { 1_024 }
    /// How long a shutdown may take, in milliseconds.
    private static var shutdownTimeout: Milliseconds { 4_000 }
    /// How long nobody is accepted when the kernel is out of something, in milliseconds.
    private static var acceptPause: Milliseconds { 1_000 }

    private let handler: Handler
    private let poll: Int32
    private let signals: Int32
    private let listeners: [Listener]
    private let control: Int32?
    private let log: Log
    /// Reads the settings again (SIGHUP); nil where that signal ends the server.
    private let reload: (() -> Void)?
    private var manager = ServiceManager()
    private var sockets: Sockets
    private let events: UnsafeMutablePointer<linux_event>
    private let line: MutableBytes
    private var allocationsAtStart: UInt64 = 0
    private var stopsAt: Milliseconds?
    /// The kernel is out of descriptors or memory: no accepts before this time.
    private var acceptsAgainAt: Milliseconds?

    /// - Parameters:
    ///   - signals: of `linux_signals_open`, which is called before anything that takes time.
    ///   - control: of `linux_control_listen`, where the operator comes in.
    ///   - connections: as many as the handler's handles have indices.
    ///   - reload: what SIGHUP asks for; nil where it means that the terminal is gone.
    public init(
        _ handler: Handler, listeners: [Listener], control: Int32? = nil, signals: Int32,
        connections: Int, log: Log, reload: (() -> Void)? = nil
    ) throws(SystemError) {
        let poll = linux_poll_create()
        guard poll >= 0 else { throw SystemError(poll) }
        for (index, listener) in listeners.enumerated() {
            try Self.watch(listener.descriptor, as: index, on: poll)
        }
        try Self.watch(signals, as: listeners.count, on: poll)
        if let control { try Self.watch(control, as: listeners.count + 1, on: poll) }

        self.handler = handler
        self.listeners = listeners
        self.control = control
        self.log = log
        self.reload = reload
        self.poll = poll
        self.signals = signals
        sockets = Sockets(capacity: connections, poll: poll)
        events = .allocate(capacity: Self.eventsPerTurn)
        events.initialize(repeating: linux_event(), count: Self.eventsPerTurn)
        line = .allocate(Self.lineBytes)
    }

    deinit {
        events.deallocate()
        line.base.deallocate()
    }

    public static func bytes(connections: Int) -> Int {
        Sockets.bytes(capacity: connections) + eventsPerTurn * MemoryLayout<linux_event>.stride
    }

    /// What is no connection is told by its generation, which no live handle has.
    private static func watch(
        _ descriptor: Int32, as index: Int, on poll: Int32
    ) throws(SystemError) {
        let name = Handle(index: UInt32(index), generation: 0)
        let result = linux_poll_add(poll, descriptor, Interest.reading, name.raw)
        guard result == 0 else { throw SystemError(result) }
    }

    /// Runs until the handler has finished after a signal to stop.
    public mutating func run() throws(SystemError) {
        allocationsAtStart = linux_allocation_count()
        manager.isReady(handler)
        while !handler.isFinished, !isOverdue {
            let count = linux_poll_wait(poll, events, Int32(Self.eventsPerTurn), waitTime)
            guard count >= 0 else { throw SystemError(count) }
            handler.beginTurn(
                TurnTime(monotonic: linux_monotonic_ms(), wall: linux_wall_ms()))
            for index in 0..<Int(count) { take(events[index]) }
            let isAsked = manager.asksForLife(at: linux_monotonic_ms())
            if isAsked { handler.tryToStoreAgain() }
            handler.finishTurn(&sockets)
            if isAsked { giveSignOfLife() }
            acceptAgainIfDue()
        }
    }

    private var waitTime: Int64 {
        let now = linux_monotonic_ms()
        var wait = handler.waitTime ?? .max
        wait = min(wait, manager.waitTime(at: now))
        if let stopsAt { wait = min(wait, max(stopsAt - now, 0)) }
        if let acceptsAgainAt { wait = min(wait, max(acceptsAgainAt - now, 0)) }
        return wait == .max ? -1 : wait
    }

    private var isOverdue: Bool {
        guard let stopsAt else { return false }
        return linux_monotonic_ms() >= stopsAt
    }

    private mutating func take(_ event: linux_event) {
        let name = Handle(raw: event.data)
        if name.generation == 0 {
            let index = Int(name.index)
            if index < listeners.count { return accept(listeners[index]) }
            return index == listeners.count ? takeSignals() : acceptOperators()
        }
        if event.what & Interest.writing != 0 { handler.becameWritable(name) }
        if event.what & Interest.reading != 0 {
            read(name)
        } else if event.what & Interest.broken != 0 {
            handler.didBreak(name)
        }
    }

    private mutating func read(_ connection: Handle) {
        guard let buffer = handler.readBuffer(for: connection) else { return }
        let count = sockets.receive(connection, into: buffer)
        if count > 0 {
            handler.didRead(connection, count: count)
        } else if count == 0 {
            handler.didEnd(connection)
        } else if !SystemError(count).isTransient {
            handler.didBreak(connection)
        }
    }

    private mutating func accept(_ listener: Listener) {
        for _ in 0..<Self.acceptsPerTurn where handler.mayAccept {
            var high: UInt64 = 0
            var low: UInt64 = 0
            let descriptor = linux_accept(listener.descriptor, &high, &low)
            guard descriptor >= 0 else { return acceptFailed(SystemError(descriptor)) }
            welcome(
                descriptor, from: PeerAddress(high: high, low: low), over: listener.scheme)
        }
    }

    private mutating func acceptOperators() {
        guard let control else { return }
        for _ in 0..<Self.acceptsPerTurn {
            let descriptor = linux_control_accept(control)
            if descriptor >= 0 {
                welcome(descriptor, from: .controlSocket, over: .http)
            } else if SystemError(descriptor).isDenied {
                log(.warning, "another user tried the control socket: refused")
            } else {
                return acceptFailed(SystemError(descriptor))
            }
        }
    }

    private mutating func welcome(
        _ descriptor: Int32, from address: PeerAddress, over scheme: Scheme
    ) {
        guard let connection = handler.accept(from: address, over: scheme) else {
            return linux_close(descriptor)
        }
        if !sockets.add(connection, descriptor) { handler.didBreak(connection) }
    }

    private mutating func acceptFailed(_ error: SystemError) {
        // ECONNABORTED: the peer has thought better of it.
        guard !error.isTransient, error.code != 103 else { return }
        acceptsAgainAt = linux_monotonic_ms() + Self.acceptPause
        setAcceptInterest(0)
        var out = ByteWriter(line)
        out.append("accept paused for 1 s: ")
        out.append(error.text)
        log(.warning, out.bytes)
    }

    private mutating func acceptAgainIfDue() {
        guard let due = acceptsAgainAt, linux_monotonic_ms() >= due else { return }
        acceptsAgainAt = nil
        if stopsAt == nil { setAcceptInterest(Interest.reading) }
    }

    private func setAcceptInterest(_ interest: UInt32) {
        for (index, listener) in listeners.enumerated() {
            let name = Handle(index: UInt32(index), generation: 0)
            _ = linux_poll_change(poll, listener.descriptor, interest, name.raw)
        }
        if let control {
            let name = Handle(index: UInt32(listeners.count + 1), generation: 0)
            _ = linux_poll_change(poll, control, interest, name.raw)
        }
    }

    private mutating func takeSignals() {
        while true {
            switch linux_signals_next(signals) {
            case Int32(LINUX_SIGNAL_STATISTICS): logStatistics()
            case Int32(LINUX_SIGNAL_RELOAD): stopsAt == nil && reload != nil ? readAgain() : stop()
            case Int32(LINUX_SIGNAL_STOP): stop()
            default: return
            }
        }
    }

    private mutating func stop() {
        guard stopsAt == nil else { return }
        log(.notice, "stopping")
        manager.isStopping()
        for listener in listeners { linux_close(listener.descriptor) }
        if let control { linux_close(control) }
        stopsAt = linux_monotonic_ms() + Self.shutdownTimeout
        handler.beginShutdown()
    }

    /// What is read again is allocated and given back: it does not count as the loop's.
    private mutating func readAgain() {
        manager.isReloading()
        let before = linux_allocation_count()
        reload?()
        allocationsAtStart += linux_allocation_count() - before
        manager.isReady(handler)
    }

    /// Only a loop that turns gets here, and one that stores nothing is silent: then the service
    /// manager starts the server anew.
    private func giveSignOfLife() {
        guard handler.canStore else {
            return manager.isFailing("nothing can be stored: see the log")
        }
        manager.isAlive(handler)
    }

    /// One line for whoever measures: counters of the handler, and of the process.
    private func logStatistics() {
        var out = ByteWriter(line)
        out.append("stats allocations=")
        out.appendDecimal(Int64(linux_allocation_count() - allocationsAtStart))
        out.append(" rss_bytes=")
        out.appendDecimal(linux_resident_bytes())
        handler.writeStatistics(into: &out)
        log(.info, out.bytes)
    }
}
