/// What clients may send, all in one place. Each is a setting; these are the defaults
/// of the protocol. Lengths of text are Unicode scalar values, the rest bytes.
public struct Limits {
    public var usernameScalarsMax = 32
    public var passwordBytesMin = 8
    public var passwordBytesMax = 256
    public var contentScalarsMax = 4_000
    public var nameScalarsMax = 64
    public var descriptionScalarsMax = 512
    public var reactionBytesMax = 64
    public var nonceBytesMax = 64
    public var messageBytesMax = 16 * 1024
    public var headBytesMax = 8 * 1024
    public var bodyBytesMax = 64 * 1024
    public var imageBytesMax = 2 << 20
    /// Width times height of a picture, whatever the size of its file.
    public var picturePixelsMax = 50_000_000

    /// Channels of one server. A change of their order announces each of them in one turn.
    public static let channelsMax = 1_000
    /// Channels below one another.
    public static let channelDepthMax = 128
    /// Roles of one server; each is added up wherever rights are.
    public static let rolesMax = 100
    /// Invites of one server.
    public static let invitesMax = 1_000
    /// Different reactions to one chat. It bounds the longest event; the protocol is silent.
    public static let reactionsPerChatMax = 32
    /// Entries of a channel's capabilities, and the bytes of each; likewise.
    public static let capabilitiesMax = 16
    public static let capabilityBytesMax = 32
    /// Capabilities as a JSON array: each byte escaped to two, quotes, commas and brackets.
    public static let capabilitiesTextBytesMax = capabilitiesMax * (2 * capabilityBytesMax + 3) + 1
    /// The decoded `query` parameter of a search, in bytes; likewise.
    public static let searchBytesMax = 256
    /// Rows of one page of a listing.
    public static let pageSizes = 1...200
    public static let pageSizeDefault = 50

    public init() {}

    public var username: TextRule {
        TextRule(scalarsMax: usernameScalarsMax, whitespace: .trimmedLine)
    }
    public var name: TextRule { TextRule(scalarsMax: nameScalarsMax, whitespace: .trimmedLine) }
    public var content: TextRule { TextRule(scalarsMax: contentScalarsMax, whitespace: .paragraphs) }
    public var reaction: TextRule {
        TextRule(scalarsMax: reactionBytesMax, whitespace: .trimmedLine)
    }
    public var description: TextRule {
        TextRule(scalarsMax: descriptionScalarsMax, whitespace: .optionalParagraphs)
    }

    /// The longest event, or object in a listing, as JSON: a chat, a channel or a user. A scalar
    /// takes four bytes at the most, for those that are escaped take two; only a nonce may hold
    /// control characters, which take six. The rest is names of attributes, and numbers.
    public var eventBytesMax: Int {
        let chat =
            contentScalarsMax * 4
            + Limits.reactionsPerChatMax * (reactionBytesMax * 2 + 12)
            + nonceBytesMax * 6
        let channel =
            (nameScalarsMax + descriptionScalarsMax) * 4 + Limits.capabilitiesTextBytesMax
        let user = (usernameScalarsMax + nameScalarsMax + descriptionScalarsMax) * 4
        return max(chat, channel, user) + 512
    }
}
