import Certificates
import CLinux
import LinuxIO
import Memory

/// Under which names and addresses this machine is reached, as far as it knows itself.
struct MachineNames {
    private static let hostBytesMax = 256
    private static let addressesBytesMax = 2_048

    private let hostMemory = MutableBytes.allocate(hostBytesMax)
    private let localMemory = MutableBytes.allocate(hostBytesMax)
    private let addressMemory = MutableBytes.allocate(addressesBytesMax)

    static var bytes: Int { 2 * hostBytesMax + addressesBytesMax }

    /// What stands before the first dot of the host's name.
    var shortName: Bytes {
        let host = hostName
        return host.prefix(host.firstIndex(of: UInt8(ascii: ".")) ?? host.count)
    }

    private var hostName: Bytes {
        let text = UnsafeMutableRawPointer(hostMemory.base).assumingMemoryBound(to: CChar.self)
        guard linux_host_name(text, Int32(hostMemory.count)) == 0 else { return .empty }
        return Bytes(cString: text)
    }

    /// Fills the list anew: the most lasting names first.
    func collect(into names: inout ServedNames) {
        names.removeAll()
        names.add(name: hostName)
        names.add(name: shortName)
        var local = ByteWriter(localMemory)
        local.append(shortName)
        local.append(".local")
        names.add(name: local.bytes)
        names.add(name: Bytes("localhost"))
        addLoopback(to: &names)
        addAddresses(to: &names)
    }

    private func addLoopback(to names: inout ServedNames) {
        var memory: InlineArray<16, UInt8> = .init(repeating: 0)
        var span = memory.mutableSpan
        span.withUnsafeMutableBufferPointer { buffer in
            let address = MutableBytes(base: buffer.baseAddress!, count: 16)
            address[0] = 127
            address[3] = 1
            names.add(address: address.bytes.prefix(4))
            address[0] = 0
            address[3] = 0
            address[15] = 1
            names.add(address: address.bytes)
        }
    }

    /// None if the kernel does not say: the names are good without.
    private func addAddresses(to names: inout ServedNames) {
        let count = linux_addresses(addressMemory.base, UInt64(addressMemory.count))
        guard count > 0 else { return }
        var rest = addressMemory.bytes.prefix(Int(count))
        while !rest.isEmpty {
            let length = Int(rest[0])
            names.add(address: rest[1..<1 + length])
            rest = rest.dropFirst(1 + length)
        }
    }
}
