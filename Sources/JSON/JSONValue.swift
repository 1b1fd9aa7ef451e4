import Memory

/// A value of a checked text, borrowed from it.
public enum JSONValue {
    case string(JSONString)
    case number(JSONNumber)
    case bool(Bool)
    case null
    /// An object's whole text, brackets included, for `JSONMembers`.
    case object(Bytes)
    /// An array's whole text, brackets included, for `JSONElements`.
    case array(Bytes)
}

/// Walks the members of an object that a `JSONReader` has checked, in their order.
public struct JSONMembers: Sequence, IteratorProtocol {
    private var items: Items

    /// - Precondition: `object` comes from `JSONValue.object`.
    public init(_ object: Bytes) {
        precondition(object.starts(with: "{"))
        items = Items(object, of: .object)
    }

    public mutating func next() -> (name: JSONString, value: JSONValue)? {
        do {
            guard try items.advance() else { return nil }
            return (try items.reader.readName(), try items.reader.readValue())
        } catch {
            preconditionFailure("an object is checked before it is walked")
        }
    }
}

/// Walks the members of a text that should be one object, in their order, and checks it on the
/// way: each byte is read once. The text may be wrong behind a member, so nothing is to be done
/// with members before all have come.
public struct JSONDocumentMembers {
    private var reader: JSONReader
    private var place = Place.opened

    /// nil if the text is right, but another value.
    public init?(_ text: Bytes, depthMax: Int = JSONLimits.depthMax) throws(JSONError) {
        reader = JSONReader(text, depthMax: depthMax)
        guard try reader.openDocument() else {
            _ = try reader.readDocument()
            return nil
        }
    }

    /// nil, once, when the whole text is read and found right. After that, or an error, the walk
    /// is over.
    public mutating func next() throws(JSONError) -> (name: JSONString, value: JSONValue)? {
        guard try reader.advance(in: .object, from: place) else {
            try reader.endDocument()
            return nil
        }
        place = .afterValue
        return (try reader.readName(), try reader.readValue())
    }
}

/// Walks the elements of an array that a `JSONReader` has checked, in their order.
public struct JSONElements: Sequence, IteratorProtocol {
    private var items: Items

    /// - Precondition: `array` comes from `JSONValue.array`.
    public init(_ array: Bytes) {
        precondition(array.starts(with: "["))
        items = Items(array, of: .array)
    }

    public mutating func next() -> JSONValue? {
        do {
            return try items.advance() ? try items.reader.readValue() : nil
        } catch {
            preconditionFailure("an array is checked before it is walked")
        }
    }
}

/// A container's items: what both walks share.
private struct Items {
    var reader: JSONReader
    private let container: Container
    private var place = Place.opened

    init(_ text: Bytes, of container: Container) {
        reader = JSONReader(text)
        reader.offset = 1
        self.container = container
    }

    /// False at the closing bracket, which is the text's last byte, and after it.
    mutating func advance() throws(JSONError) -> Bool {
        guard reader.offset < reader.input.count else { return false }
        defer { place = .afterValue }
        return try reader.advance(in: container, from: place)
    }
}
