import CLinux
import Crypto
import LinuxIO
import Memory

/// The key that signs tokens: a file of the owner's choice (`token_key`), or a secret in the data
/// folder that is made at first start.
enum TokenKeyFile {
    private static let secretBytes = 32
    /// An RSA key of 4096 bits in PEM takes a fifth of it.
    private static let chosenBytesMax = 16 * 1024
    /// What a file allows to those who are neither its owner nor in its group.
    private static let othersMask: Int32 = 0o007

    /// The key that the settings name, or nil if they leave it to the server.
    static func chosen(_ configuration: Configuration) -> TokenKey? {
        let path = configuration.tokenKeyFile
        guard !path.isEmpty else { return nil }
        let mode = linux_file_mode(path.cString)
        guard mode >= 0 else {
            refuse(path) { line in
                line.add("cannot be read: ")
                line.add(SystemError(mode).text)
                line.add("; name a file that the server's user may read")
            }
        }
        guard mode & othersMask == 0 else {
            refuse(path) { $0.add("is open to every user of this machine; make it chmod 600") }
        }
        return .pair(read(path))
    }

    private static func read(_ path: Bytes) -> PrivateKey {
        let memory = MutableBytes.allocate(chosenBytesMax + 1)
        // The key must not stay in memory that is used again.
        defer { wipe(memory) }
        let count = linux_read_file(path.cString, memory.base, UInt64(chosenBytesMax))
        guard count >= 0 else {
            refuse(path) { line in
                line.add("cannot be read: ")
                line.add(SystemError(count).text)
                line.add("; name a file with one private key that the server's user may read")
            }
        }
        memory[Int(count)] = 0
        let seed = MutableBytes.allocate(32)
        defer { wipe(seed) }
        linux_random(seed.base, UInt64(seed.count))
        do {
            return try PrivateKey(memory.bytes.prefix(Int(count)), seed: seed.bytes)
        } catch {
            refuse(path) { $0.add(explanation(error)) }
        }
    }

    private static func explanation(_ error: PrivateKeyError) -> StaticString {
        switch error {
        case .encrypted:
            "is encrypted; decrypt it: openssl pkey -in FILE -out PLAIN"
        case .unsupported:
            "is of a kind that is not supported; make one of RSA (2048 to 4096 bits) or EC P-256"
        case .invalid:
            """
            holds no RSA or EC P-256 private key in PEM or DER, or a damaged one; make one: \
            openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out FILE
            """
        }
    }

    private static func wipe(_ memory: MutableBytes) {
        for index in 0..<memory.count { memory[index] = 0 }
        memory.base.deallocate()
    }

    private static func refuse(_ path: Bytes, _ compose: (inout Line) -> Void) -> Never {
        exit(ExitCode.configuration) { line in
            line.add("token_key = \"")
            line.add(path)
            line.add("\" ")
            compose(&line)
        }
    }

    static func madePath(in folder: Bytes) -> Bytes { permanent(folder, "/token.key") }

    /// The secret of the data folder, readable to the owner alone.
    static func made(in folder: Bytes) -> TokenKey {
        let path = madePath(in: folder)
        let memory = MutableBytes.allocate(secretBytes)
        let count = linux_read_file(path.cString, memory.base, UInt64(memory.count))
        if count == Int64(memory.count) { return .secret(memory.bytes) }
        let error = SystemError(count)
        // EFBIG: longer than a key.
        if count < 0, !error.isNotFound, error.code != 27 { fail("cannot read ", path, error) }
        guard count < 0, error.isNotFound else {
            exit(ExitCode.failure) { line in
                line.add("the key file ")
                line.add(path)
                line.add(" is damaged; move it away to have a new one made (all must log in again)")
            }
        }
        linux_random(memory.base, UInt64(memory.count))
        let result = linux_create_secret_file(path.cString, memory.base, UInt64(memory.count))
        if result < 0 { fail("cannot write ", path, SystemError(result)) }
        return .secret(memory.bytes)
    }
}
