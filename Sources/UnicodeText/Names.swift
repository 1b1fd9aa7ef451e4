import CUnicode
import Memory

/// What names must be so that people can tell them apart.
public enum NameForm {
    /// Where Latin, Greek and Cyrillic are not to be mixed.
    public enum Unmixed { case words, whole }

    public enum Fault {
        case invisible, mixed

        public var explanation: StaticString {
            switch self {
            case .invisible: "must not contain invisible characters or ones that turn its direction"
            case .mixed: "must not mix Latin, Greek and Cyrillic letters"
            }
        }
    }

    /// The longest skeleton; what is longer is compared as far as this.
    public static let skeletonBytesMax = 1_024

    /// nil if the name is fine. It is valid UTF-8.
    public static func fault(in name: Bytes, unmixed: Unmixed) -> Fault? {
        let fault = cunicode_judge_name(name.base, Int32(clamping: name.count), unmixed == .whole)
        switch fault {
        case CUNICODE_NAME_IS_INVISIBLE: return .invisible
        case CUNICODE_NAME_IS_MIXED: return .mixed
        default: return nil
        }
    }

    /// Writes what names have in common that look alike (UTS 39, after full case folding).
    public static func skeleton(of name: Bytes, into memory: MutableBytes) -> Bytes {
        let length = cunicode_skeleton(
            name.base, Int32(clamping: name.count), memory.base, Int32(clamping: memory.count))
        return memory.bytes.prefix(Int(length))
    }
}
