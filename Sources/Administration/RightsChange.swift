import Memory
import Model

/// What `concord user rights USER` is to change: `admin`, `no-admin`, and `RIGHT=VALUE`, where the
/// value is `yes`, `no`, `default` or how much it weighs against what roles say.
public struct RightsChange {
    public private(set) var isAdministrator: Bool?
    private var values: [(right: Right, value: Int64)] = []

    public var isEmpty: Bool { isAdministrator == nil && values.isEmpty }

    public init(_ words: [Bytes]) throws(UsageError) {
        for word in words { try add(word) }
    }

    private mutating func add(_ word: Bytes) throws(UsageError) {
        switch word {
        case "admin": isAdministrator = true
        case "no-admin": isAdministrator = false
        default:
            guard let sign = word.firstIndex(of: UInt8(ascii: "=")) else {
                throw UsageError("\"", word, "\" is not admin, no-admin or RIGHT=yes|no|default")
            }
            let name = word.prefix(sign)
            guard let right = Right.allCases.first(where: { name == $0.name }) else {
                throw UsageError(
                    "there is no right \"", name, "\"; `concord user rights USER` lists them")
            }
            values.append((right, try RightsChange.value(word.dropFirst(sign + 1))))
        }
    }

    private static func value(_ text: Bytes) throws(UsageError) -> Int64 {
        switch text {
        case "yes": return 1
        case "no": return -1
        case "default": return 0
        default:
            guard let number = decimalInteger(text), Rights.values.contains(number) else {
                throw UsageError("\"", text, "\" is not yes, no, default or a number up to 1000000")
            }
            return number
        }
    }

    public func apply(to rights: inout Rights) {
        if let isAdministrator { rights.isAdministrator = isAdministrator }
        for (right, value) in values { rights[right] = value }
    }
}
