import Memory

/// What follows the name of a command: words, and options. `--name value` and `--name=value` are
/// the same; what stands behind `--` are words, whatever they look like.
public struct Arguments {
    public struct Option {
        public let name: Bytes
        public let value: Bytes
    }

    public private(set) var words: [Bytes] = []
    public private(set) var options: [Option] = []

    /// - Parameter flags: the options that have no value.
    public init(_ arguments: [Bytes], flags: [StaticString]) throws(UsageError) {
        var index = 0
        while index < arguments.count {
            let argument = arguments[index]
            index += 1
            if argument == "--" {
                words += arguments[index...]
                return
            }
            guard argument.starts(with: "--") else {
                words.append(argument)
                continue
            }
            if flags.contains(where: { argument == $0 }) {
                options.append(Option(name: argument, value: .empty))
            } else if let sign = argument.firstIndex(of: UInt8(ascii: "=")) {
                let (name, value) = (argument.prefix(sign), argument.dropFirst(sign + 1))
                if flags.contains(where: { name == $0 }) {
                    throw UsageError("", name, " takes no value")
                }
                options.append(Option(name: name, value: value))
            } else {
                guard index < arguments.count else {
                    throw UsageError("", argument, " is no option here, or needs a value")
                }
                options.append(Option(name: argument, value: arguments[index]))
                index += 1
            }
        }
    }

    /// Takes an option out and gives its last value; nil if it is not there.
    public mutating func take(_ name: StaticString) -> Bytes? {
        let value = options.last { $0.name == name }?.value
        options.removeAll { $0.name == name }
        return value
    }
}

/// What is wrong with a command line: one sentence around the word that it is about.
public struct UsageError: Error {
    public let before: StaticString
    public let subject: Bytes
    public let after: StaticString

    init(_ before: StaticString, _ subject: Bytes = .empty, _ after: StaticString = "") {
        self.before = before
        self.subject = subject
        self.after = after
    }
}
