/// A server-wide id that knows what it names, so that a user's id cannot stand where a
/// channel's belongs. Ids grow with time and stay below 2^53 (see `IdentifierClock`).
public struct Identifier<Subject>: Equatable, BitwiseCopyable {
    public let value: Int64

    @inline(__always)
    public init(_ value: Int64) { self.value = value }
}

public enum UserSubject {}
public enum ChannelSubject {}
public enum ChatSubject {}
public enum ThreadSubject {}
public enum ImageSubject {}
public enum RoleSubject {}

public typealias UserID = Identifier<UserSubject>
public typealias ChannelID = Identifier<ChannelSubject>
public typealias ChatID = Identifier<ChatSubject>
public typealias ThreadID = Identifier<ThreadSubject>
public typealias ImageID = Identifier<ImageSubject>
public typealias RoleID = Identifier<RoleSubject>

/// Milliseconds since the Unix epoch.
public typealias Milliseconds = Int64
