import JSON
import Memory
import Model

// Rights, roles and overrides as clients write them (protocol C6).

extension Rights {
    private static let shape: StaticString = "an object with admin and values"

    /// Decodes the body of a PUT.
    public static func decode(
        _ text: Bytes, scratch: MutableBytes
    ) throws(AttributeError) -> Rights {
        try Rights(text, AttributeReader(for: text, scratch: scratch))
    }

    init(_ name: StaticString, _ value: JSONValue, _ reader: borrowing AttributeReader)
        throws(AttributeError)
    {
        guard case .object(let object) = value else {
            throw AttributeError(.wrongType(attribute: name, expected: Rights.shape))
        }
        try self.init(object, reader)
    }

    private init(_ text: Bytes, _ reader: borrowing AttributeReader) throws(AttributeError) {
        self.init()
        var admin, values: JSONValue?
        var members = try BodyMembers(text)
        while let (name, value) = try members.next() {
            switch name {
            case "admin": admin = value
            case "values": values = value
            default: break
            }
        }
        isAdministrator = try reader.bool("admin", admin)
        switch values {
        case .object(let list): try readValues(list, reader)
        case nil, .null: throw AttributeError(.missing("values"))
        default: throw AttributeError(.wrongType(attribute: "values", expected: "an object"))
        }
    }

    private mutating func readValues(
        _ list: Bytes, _ reader: borrowing AttributeReader
    ) throws(AttributeError) {
        var members = JSONMembers(list)
        while let (name, value) = members.next() {
            guard let right = Right.named(name) else {
                throw AttributeError(.invalid(attribute: "values", rule: "names no right"))
            }
            let weight = try reader.integer(right.name, value)
            guard Rights.values.contains(weight) else {
                throw AttributeError(
                    .invalid(attribute: right.name, rule: "must be from -1000000 to 1000000"))
            }
            self[right] = weight
        }
    }
}

extension Right {
    fileprivate static func named(_ name: JSONString) -> Right? {
        for right in Right.all where name.equals(right.name) { return right }
        return nil
    }
}

/// A role as it is made, or what is to change about it: then all may be absent.
public struct RoleBody {
    public let name: Bytes?
    public let ordinality: Int64?
    public let rights: Rights?

    /// Decodes the body. `scratch` must be twice as long as `text`.
    public static func decode(
        _ text: Bytes, limits: Limits, scratch: MutableBytes
    ) throws(AttributeError) -> RoleBody {
        var name, ordinality, rights: JSONValue?
        var members = try BodyMembers(text)
        while let (key, value) = try members.next() {
            switch key {
            case "name": name = value
            case "ordinality": ordinality = value
            case "rights": rights = value
            default: break
            }
        }
        var reader = AttributeReader(for: text, scratch: scratch)
        var given: Rights?
        if let rights { given = try Rights("rights", rights, reader) }
        return RoleBody(
            name: try reader.changedName("name", name, limits.name),
            ordinality: try reader.optionalInteger("ordinality", ordinality), rights: given)
    }

    /// What a new role must have.
    public func requiredName() throws(AttributeError) -> Bytes {
        guard let name else { throw AttributeError(.missing("name")) }
        return name
    }
}

/// The roles that a user is to have.
public struct RoleList {
    private let list: Bytes

    /// Decodes the body of a PUT; each element is an integer.
    public static func decode(_ text: Bytes) throws(AttributeError) -> RoleList {
        var found: JSONValue?
        var members = try BodyMembers(text)
        while let (key, value) = try members.next() {
            if key.equals("roleIds") { found = value }
        }
        switch found {
        case .array(let list):
            let roles = RoleList(list: list)
            var elements = JSONElements(list)
            while let element = elements.next() {
                guard case .number(let number) = element, number.integer != nil else {
                    throw AttributeError(
                        .wrongType(attribute: "roleIds", expected: "an array of integers"))
                }
            }
            return roles
        case nil, .null: throw AttributeError(.missing("roleIds"))
        default:
            throw AttributeError(.wrongType(attribute: "roleIds", expected: "an array of integers"))
        }
    }

    /// Visits each role.
    public func forEach<Failure: Error>(
        _ visit: (RoleID) throws(Failure) -> Void
    ) throws(Failure) {
        var elements = JSONElements(list)
        while let element = elements.next() {
            if case .number(let number) = element, let id = number.integer { try visit(RoleID(id)) }
        }
    }

    public func contains(_ role: RoleID) -> Bool {
        var isFound = false
        forEach { isFound = isFound || $0 == role }
        return isFound
    }
}

/// What is to be given for a channel, and to whom.
public struct ChannelRightsBody {
    private let users: Bytes
    private let roles: Bytes

    /// Decodes the body of a PUT, all of it, so that nothing in it is found wrong later.
    public static func decode(
        _ text: Bytes, scratch: MutableBytes
    ) throws(AttributeError) -> ChannelRightsBody {
        var users, roles: JSONValue?
        var members = try BodyMembers(text)
        while let (key, value) = try members.next() {
            switch key {
            case "users": users = value
            case "roles": roles = value
            default: break
            }
        }
        let body = ChannelRightsBody(
            users: try object("users", users), roles: try object("roles", roles))
        let reader = AttributeReader(for: text, scratch: scratch)
        try check("users", body.users, reader)
        try check("roles", body.roles, reader)
        return body
    }

    private static func object(
        _ name: StaticString, _ value: JSONValue?
    ) throws(AttributeError) -> Bytes {
        switch value {
        case .object(let object): return object
        case nil, .null: throw AttributeError(.missing(name))
        default: throw AttributeError(.wrongType(attribute: name, expected: "an object"))
        }
    }

    private static func check(
        _ name: StaticString, _ object: Bytes, _ reader: borrowing AttributeReader
    ) throws(AttributeError) {
        var members = JSONMembers(object)
        while let (key, value) = members.next() {
            guard key.identifier != nil else {
                throw AttributeError(.invalid(attribute: name, rule: "has a key that is no id"))
            }
            _ = try Rights(name, value, reader)
        }
    }

    /// Visits users (or roles) with what they are given.
    public func forEach<Failure: Error>(
        roles areRoles: Bool, scratch: MutableBytes,
        _ visit: (_ subject: Int64, Rights) throws(Failure) -> Void
    ) throws(Failure) {
        let object = areRoles ? roles : users
        let reader = AttributeReader(for: .empty, scratch: scratch)
        var members = JSONMembers(object)
        while let (key, value) = members.next() {
            guard let subject = key.identifier,
                let rights = try? Rights("rights", value, reader)
            else { continue }
            try visit(subject, rights)
        }
    }

    /// Whether it says anything of a user (or a role).
    public func names(_ subject: Int64, areRoles: Bool) -> Bool {
        var members = JSONMembers(areRoles ? roles : users)
        while let (key, _) = members.next() {
            if key.identifier == subject { return true }
        }
        return false
    }
}

extension JSONString {
    /// A key that is an id in decimal digits.
    fileprivate var identifier: Int64? { hasEscapes ? nil : decimalInteger(raw) }
}
