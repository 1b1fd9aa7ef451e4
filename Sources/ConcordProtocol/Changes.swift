import JSON
import Memory
import Model

// Bodies of PATCH: what is absent stays as it is, null removes what may be absent.

/// An attribute of a PATCH that may be null.
public enum Change<Value> {
    case unchanged
    case set(Value?)

    /// What holds afterwards.
    public func applied(to old: Value?) -> Value? {
        switch self {
        case .unchanged: old
        case .set(let new): new
        }
    }
}

/// What is to change about a channel.
public struct ChannelChange {
    public let name: Bytes?
    public let description: Change<Bytes>
    public let parent: Change<ChannelID>
    public let ordinality: Int64?
    public let capabilities: Bytes?

    /// Decodes the body of a PATCH. `scratch` must be twice as long as `text`.
    public static func decode(
        _ text: Bytes, limits: Limits, scratch: MutableBytes
    ) throws(AttributeError) -> ChannelChange {
        var name, description, parent, ordinality, capabilities: JSONValue?
        var members = try BodyMembers(text)
        while let (key, value) = try members.next() {
            switch key {
            case "name": name = value
            case "description": description = value
            case "parentChannelId": parent = value
            case "ordinality": ordinality = value
            case "capabilities": capabilities = value
            default: break
            }
        }
        var reader = AttributeReader(for: text, scratch: scratch)
        return ChannelChange(
            name: try reader.changedName("name", name, limits.name),
            description: try reader.change("description", description, limits.description),
            parent: parent == nil
                ? .unchanged
                : .set(try reader.optionalInteger("parentChannelId", parent).map { ChannelID($0) }),
            ordinality: try reader.changedInteger("ordinality", ordinality),
            capabilities: try reader.changedCapabilities("capabilities", capabilities))
    }
}

/// What is to change about the community.
public struct CommunityChange {
    public let name: Bytes?
    public let description: Bytes?
    public let defaultChannel: Change<ChannelID>

    /// Decodes the body of a PATCH. `scratch` must be twice as long as `text`.
    public static func decode(
        _ text: Bytes, limits: Limits, scratch: MutableBytes
    ) throws(AttributeError) -> CommunityChange {
        var name, description, channel: JSONValue?
        var members = try BodyMembers(text)
        while let (key, value) = try members.next() {
            switch key {
            case "name": name = value
            case "description": description = value
            case "defaultChannelId": channel = value
            default: break
            }
        }
        var reader = AttributeReader(for: text, scratch: scratch)
        return CommunityChange(
            name: try reader.changedName("name", name, limits.name),
            description: try reader.changedText("description", description, limits.description),
            defaultChannel: channel == nil
                ? .unchanged
                : .set(
                    try reader.optionalInteger("defaultChannelId", channel).map { ChannelID($0) }))
    }
}

/// What is to change about one's profile.
public struct ProfileChange {
    public let nickname: Bytes?
    public let bio: Change<Bytes>

    /// Decodes the body of a PATCH. `scratch` must be twice as long as `text`.
    public static func decode(
        _ text: Bytes, limits: Limits, scratch: MutableBytes
    ) throws(AttributeError) -> ProfileChange {
        var nickname, bio: JSONValue?
        var members = try BodyMembers(text)
        while let (key, value) = try members.next() {
            switch key {
            case "nickname": nickname = value
            case "bio": bio = value
            default: break
            }
        }
        var reader = AttributeReader(for: text, scratch: scratch)
        let change = ProfileChange(
            nickname: try reader.changedName("nickname", nickname, limits.name),
            bio: try reader.change("bio", bio, limits.description))
        // By it clients know an account that is no more: no member may pass for one.
        if let chosen = change.nickname, chosen == "(removed)" {
            throw AttributeError(
                .invalid(attribute: "nickname", rule: "is that of removed accounts"))
        }
        return change
    }
}

/// Bodies with one text alone.
public enum SingleText {
    /// Decodes the body; the text must be there and keep the rule. `scratch` must be twice as
    /// long as `text`.
    public static func decode(
        _ text: Bytes, _ name: StaticString, _ rule: TextRule, scratch: MutableBytes
    ) throws(AttributeError) -> Bytes {
        var found: JSONValue?
        var members = try BodyMembers(text)
        while let (key, value) = try members.next() {
            if key.equals(name) { found = value }
        }
        var reader = AttributeReader(for: text, scratch: scratch)
        return try reader.name(name, found, rule)
    }
}

extension AttributeReader {
    /// nil where it is absent; it may not be null.
    mutating func changedText(
        _ name: StaticString, _ value: JSONValue?, _ rule: TextRule
    ) throws(AttributeError) -> Bytes? {
        guard value != nil else { return nil }
        let text = try text(name, value)
        try rule.check(text, as: name)
        return text
    }

    /// The same for a name.
    mutating func changedName(
        _ name: StaticString, _ value: JSONValue?, _ rule: TextRule
    ) throws(AttributeError) -> Bytes? {
        value == nil ? nil : try self.name(name, value, rule)
    }

    mutating func change(
        _ name: StaticString, _ value: JSONValue?, _ rule: TextRule
    ) throws(AttributeError) -> Change<Bytes> {
        guard value != nil else { return .unchanged }
        let text = try optionalText(name, value)
        if let text { try rule.check(text, as: name) }
        return .set(text)
    }

    func changedInteger(
        _ name: StaticString, _ value: JSONValue?
    ) throws(AttributeError) -> Int64? {
        value == nil ? nil : try integer(name, value)
    }

    func changedCapabilities(
        _ name: StaticString, _ value: JSONValue?
    ) throws(AttributeError) -> Bytes? {
        guard value != nil else { return nil }
        guard let list = try optionalCapabilities(name, value) else {
            throw AttributeError(.missing(name))
        }
        return list
    }
}
