import Certificates
import CLinux
import LinuxIO
import Memory

/// The file of the server's own certificate authority, as backups keep it and bring it back.
enum AuthorityFile {
    static func path(in folder: Bytes) -> Bytes {
        permanent(folder, LocalCertificates.authorityName)
    }

    /// What it holds; nil if it is not there, and nothing of one that is longer than any of ours.
    static func read(_ path: Bytes) throws(SystemError) -> Bytes? {
        let memory = MutableBytes.allocate(LocalAuthority.fileBytesMax)
        let count = linux_read_file(path.cString, memory.base, UInt64(memory.count))
        if count >= 0 { return memory.bytes.prefix(Int(count)) }
        let error = SystemError(count)
        if error.isNotFound { return nil }
        // EFBIG
        guard error.code == 27 else { throw error }
        return .empty
    }

    /// Whether a server could go on with it.
    static func isSound(_ text: Bytes) -> Bool {
        let ended = permanent(text)
        let entropy = MutableBytes.allocate(LocalAuthority.entropyBytes)
        linux_random(entropy.base, UInt64(entropy.count))
        return LocalAuthority().read(ended, entropy: entropy.bytes)
    }
}
