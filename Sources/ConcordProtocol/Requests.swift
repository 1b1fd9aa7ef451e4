import JSON
import Memory
import Model

/// The body of a login or a registration.
public struct Credentials {
    /// As it was sent.
    public let username: Bytes
    /// In NFC, as new names are stored.
    public let composedUsername: Bytes
    public let password: Bytes
    /// The code of an invite, where a registration carries one.
    public let invite: Bytes?

    /// Decodes the body; only its form is judged here. `scratch` must be twice as long as `text`.
    public static func decode(
        _ text: Bytes, scratch: MutableBytes
    ) throws(AttributeError) -> Credentials {
        var username, password, invite: JSONValue?
        var members = try BodyMembers(text)
        while let (name, value) = try members.next() {
            switch name {
            case "username": username = value
            case "password": password = value
            case "invite": invite = value
            default: break
            }
        }
        var reader = AttributeReader(for: text, scratch: scratch)
        let name = try reader.text("username", username)
        return Credentials(
            username: name, composedUsername: reader.composed(name),
            password: try reader.text("password", password),
            invite: try reader.optionalText("invite", invite))
    }

    /// What a new account's name and password must be.
    public func check(_ limits: Limits) throws(AttributeError) {
        try limits.username.check(composedUsername, as: "username")
        try limits.checkPassword(password, as: "password")
    }
}

/// A chat as a client writes it, by either API.
public struct NewChat {
    public let content: Bytes
    public let sentAt: Milliseconds?
    public let thread: ThreadID?
    /// The client's own mark, by which it may send again without storing twice.
    public let nonce: Bytes?

    /// Decodes the body of a POST. `scratch` must be twice as long as `text`.
    public static func decode(
        _ text: Bytes, limits: Limits, scratch: MutableBytes
    ) throws(AttributeError) -> NewChat {
        var content, sentAt, threadID, nonce: JSONValue?
        var members = try BodyMembers(text)
        while let (name, value) = try members.next() {
            switch name {
            case "content": content = value
            case "sentAt": sentAt = value
            case "threadId": threadID = value
            case "nonce": nonce = value
            default: break
            }
        }
        var reader = AttributeReader(for: text, scratch: scratch)
        return try NewChat(
            content: content, sentAt: sentAt, threadID: threadID, nonce: nonce,
            limits: limits, reader: &reader)
    }

    init(
        content: JSONValue?, sentAt: JSONValue?, threadID: JSONValue?, nonce: JSONValue?,
        limits: Limits, reader: inout AttributeReader
    ) throws(AttributeError) {
        self.content = try reader.text("content", content)
        self.sentAt = try reader.optionalInteger("sentAt", sentAt)
        thread = try reader.optionalInteger("threadId", threadID).map { ThreadID($0) }
        self.nonce = try checkedNonce(nonce, limits: limits, reader: &reader)
        try limits.content.check(self.content, as: "content")
    }
}

/// A reaction given or taken back, by either API.
public struct NewReaction {
    public let reaction: Bytes
    public let adding: Bool

    /// Decodes the body of a POST. `scratch` must be twice as long as `text`.
    public static func decode(
        _ text: Bytes, limits: Limits, scratch: MutableBytes
    ) throws(AttributeError) -> NewReaction {
        var reaction, adding: JSONValue?
        var members = try BodyMembers(text)
        while let (name, value) = try members.next() {
            switch name {
            case "reaction": reaction = value
            case "adding": adding = value
            default: break
            }
        }
        var reader = AttributeReader(for: text, scratch: scratch)
        return try NewReaction(
            reaction: reaction, adding: adding, limits: limits, reader: &reader)
    }

    init(
        reaction: JSONValue?, adding: JSONValue?, limits: Limits, reader: inout AttributeReader
    ) throws(AttributeError) {
        self.reaction = try reader.text("reaction", reaction)
        self.adding = try reader.bool("adding", adding)
        if let rule = lengthRule(self.reaction, bytesMax: limits.reactionBytesMax) {
            throw AttributeError(.invalid(attribute: "reaction", rule: rule))
        }
        try limits.reaction.check(self.reaction, as: "reaction")
    }
}

/// A channel as its maker describes it.
public struct NewChannel {
    public let name: Bytes
    public let description: Bytes?
    public let parent: ChannelID?
    public let ordinality: Int64
    /// A JSON array of strings.
    public let capabilities: Bytes

    public init(
        name: Bytes, description: Bytes? = nil, parent: ChannelID? = nil, ordinality: Int64 = 0,
        capabilities: Bytes = Bytes("[\"text\"]")
    ) {
        self.name = name
        self.description = description
        self.parent = parent
        self.ordinality = ordinality
        self.capabilities = capabilities
    }

    /// Decodes the body of a POST. `scratch` must be twice as long as `text`.
    public static func decode(
        _ text: Bytes, limits: Limits, scratch: MutableBytes
    ) throws(AttributeError) -> NewChannel {
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
        let channel = NewChannel(
            name: try reader.name("name", name, limits.name),
            description: try reader.optionalText("description", description),
            parent: try reader.optionalInteger("parentChannelId", parent).map { ChannelID($0) },
            ordinality: try reader.optionalInteger("ordinality", ordinality) ?? 0,
            capabilities: try reader.optionalCapabilities("capabilities", capabilities)
                ?? Bytes("[\"text\"]"))
        if let description = channel.description {
            try limits.description.check(description, as: "description")
        }
        return channel
    }
}

func checkedNonce(
    _ value: JSONValue?, limits: Limits, reader: inout AttributeReader
) throws(AttributeError) -> Bytes? {
    guard let nonce = try reader.optionalText("nonce", value) else { return nil }
    if let rule = lengthRule(nonce, bytesMax: limits.nonceBytesMax) {
        throw AttributeError(.invalid(attribute: "nonce", rule: rule))
    }
    return nonce
}

private func lengthRule(_ text: Bytes, bytesMax: Int) -> StaticString? {
    text.isEmpty ? "must not be empty" : text.count > bytesMax ? "is too long" : nil
}
