import JSON
import Memory
import Model
import UnicodeText

/// Turns JSON values into the types that messages are made of, or names the attribute
/// that is wrong. Text with escapes is decoded into scratch memory, text without stays
/// where it is; both are valid while the input and the scratch are.
struct AttributeReader: ~Copyable {
    private var scratch: ByteWriter

    /// `scratch` must hold twice the input: decoding never lengthens text, and a nonce is
    /// decoded again for the answer to a message that failed.
    init(for input: Bytes, scratch: MutableBytes) {
        precondition(scratch.count >= 2 * input.count)
        self.scratch = ByteWriter(scratch)
    }

    mutating func text(
        _ name: StaticString, _ value: JSONValue?
    ) throws(AttributeError) -> Bytes {
        guard let text = try optionalText(name, value) else { throw AttributeError(.missing(name)) }
        return text
    }

    mutating func optionalText(
        _ name: StaticString, _ value: JSONValue?
    ) throws(AttributeError) -> Bytes? {
        switch value {
        case nil, .null: return nil
        case .string(let string):
            guard string.hasEscapes else { return string.raw }
            let start = scratch.count
            string.decode(into: &scratch)
            return scratch.bytes.dropFirst(start)
        default: throw AttributeError(.wrongType(attribute: name, expected: "a string"))
        }
    }

    /// A name in its composed form (NFC), in which it is stored.
    mutating func name(
        _ name: StaticString, _ value: JSONValue?, _ rule: TextRule
    ) throws(AttributeError) -> Bytes {
        let sent = try text(name, value)
        let composed = composed(sent)
        try rule.check(composed, as: name)
        return composed
    }

    /// The composed form; the text as it is where that form does not fit, for it is too long for
    /// any name.
    mutating func composed(_ text: Bytes) -> Bytes {
        guard !text.isASCII else { return text }
        guard let composed = NormalForm.composed.write(text, into: scratch.rest) else { return text }
        scratch.advance(by: composed.count)
        return composed
    }

    func integer(_ name: StaticString, _ value: JSONValue?) throws(AttributeError) -> Int64 {
        guard let integer = try optionalInteger(name, value) else {
            throw AttributeError(.missing(name))
        }
        return integer
    }

    func optionalInteger(
        _ name: StaticString, _ value: JSONValue?
    ) throws(AttributeError) -> Int64? {
        switch value {
        case nil, .null: return nil
        case .number(let number):
            if let integer = number.integer { return integer }
            throw AttributeError(
                .wrongType(attribute: name, expected: "an integer of at most 64 bits"))
        default: throw AttributeError(.wrongType(attribute: name, expected: "an integer"))
        }
    }

    func bool(_ name: StaticString, _ value: JSONValue?) throws(AttributeError) -> Bool {
        switch value {
        case nil, .null: throw AttributeError(.missing(name))
        case .bool(let value): return value
        default: throw AttributeError(.wrongType(attribute: name, expected: "true or false"))
        }
    }

    /// A channel's capabilities, kept as the JSON text they came as, white space included, which
    /// is why the text has a limit too; nil where they are absent or null.
    func optionalCapabilities(
        _ name: StaticString, _ value: JSONValue?
    ) throws(AttributeError) -> Bytes? {
        let list: Bytes
        switch value {
        case nil, .null: return nil
        case .array(let array): list = array
        default: throw AttributeError(.wrongType(attribute: name, expected: "an array of strings"))
        }
        var elements = JSONElements(list)
        var count = 0
        var isWithinLimits = list.count <= Limits.capabilitiesTextBytesMax
        while let element = elements.next() {
            guard case .string(let string) = element else {
                throw AttributeError(.wrongType(attribute: name, expected: "an array of strings"))
            }
            count += 1
            isWithinLimits =
                isWithinLimits && string.decodedCount <= Limits.capabilityBytesMax
        }
        guard isWithinLimits, count <= Limits.capabilitiesMax else {
            throw AttributeError(
                .invalid(attribute: name, rule: "has too many or too long entries"))
        }
        return list
    }
}

extension Bytes {
    fileprivate var isASCII: Bool {
        for index in 0..<count where base[index] >= 0x80 { return false }
        return true
    }
}

/// The members of a JSON text that must be an object. What they hold is judged when all have come,
/// so that a fault of the text itself is told before any of theirs.
struct BodyMembers {
    private var members: JSONDocumentMembers

    @inline(never)
    init(_ text: Bytes) throws(AttributeError) {
        let members: JSONDocumentMembers?
        do {
            members = try JSONDocumentMembers(text)
        } catch {
            throw AttributeError(.malformed(error.description))
        }
        guard let members else { throw AttributeError(.notAnObject) }
        self.members = members
    }

    @inline(never)
    mutating func next() throws(AttributeError) -> (name: JSONString, value: JSONValue)? {
        do {
            return try members.next()
        } catch {
            throw AttributeError(.malformed(error.description))
        }
    }
}

extension TextRule {
    /// Throws the rule that `text` breaks, in the attribute's name.
    public func check(_ text: Bytes, as name: StaticString) throws(AttributeError) {
        if let violation = violation(in: text) {
            throw AttributeError(.invalid(attribute: name, rule: violation.explanation))
        }
    }
}
