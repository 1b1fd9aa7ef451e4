import Memory

/// What a member may or may not do (protocol B1). The raw value is how it is stored.
public enum Right: Int, CaseIterable, Sendable {
    case viewChannel = 1
    case sendChats
    case react
    case createThreads
    case uploadImages
    case deleteChats
    case manageChannels
    case manageServer
    case manageUsers
    case manageRoles
    case createInvites

    public static let count = 11

    /// All of them, in the order of their raw values. `allCases` would allocate.
    public static var all: AllRights { AllRights() }

    /// As the protocol writes it.
    public var name: StaticString {
        switch self {
        case .viewChannel: "channel.view"
        case .sendChats: "chat.send"
        case .react: "chat.react"
        case .createThreads: "thread.create"
        case .uploadImages: "image.upload"
        case .deleteChats: "chat.delete"
        case .manageChannels: "channel.manage"
        case .manageServer: "server.manage"
        case .manageUsers: "user.manage"
        case .manageRoles: "role.manage"
        case .createInvites: "invite.create"
        }
    }

    /// Whether it is held where nothing is said for or against it.
    public var isDefault: Bool {
        switch self {
        case .viewChannel, .sendChats, .react, .createThreads, .uploadImages: true
        case .deleteChats, .manageChannels, .manageServer, .manageUsers, .manageRoles,
            .createInvites:
            false
        }
    }
}

/// Walks over all rights (`Right.all`).
public struct AllRights: Sequence, IteratorProtocol {
    private var rawValue = 0

    fileprivate init() {}

    public mutating func next() -> Right? {
        rawValue += 1
        return Right(rawValue: rawValue)
    }
}

/// Rights as they are given to a user or a role, everywhere or for one channel (Rights in the
/// protocol): for each right how much speaks for it (positive) or against it (negative).
public struct Rights: Equatable, Sendable {
    /// What one value may be. Sums of them, over every role and channel, stay far from overflow.
    public static let values: ClosedRange<Int64> = -1_000_000...1_000_000

    public var isAdministrator = false
    private var weights = InlineArray<11, Int32>(repeating: 0)

    public init() {}

    /// Says of each right whether it is held.
    public init(saying held: EffectiveRights) {
        isAdministrator = held.isAdministrator
        for right in Right.all { self[right] = held.allows(right) ? 1 : -1 }
    }

    public static let administrator: Rights = {
        var rights = Rights()
        rights.isAdministrator = true
        return rights
    }()

    /// Adds one value as the store keeps it: 0 stands for `admin`, others are raw values of rights.
    public mutating func add(_ value: Int64, toStored name: Int64) {
        guard let right = Right(rawValue: Int(name)) else {
            isAdministrator = isAdministrator || value > 0
            return
        }
        self[right] += value
    }

    /// Adds all values of another place.
    public mutating func add(_ other: Rights) {
        isAdministrator = isAdministrator || other.isAdministrator
        for right in Right.all { self[right] += other[right] }
    }

    public subscript(right: Right) -> Int64 {
        get { Int64(weights[right.rawValue - 1]) }
        set { weights[right.rawValue - 1] = Int32(clamping: newValue) }
    }

    public static func == (left: Rights, right: Rights) -> Bool {
        for index in 0..<Right.count where left.weights[index] != right.weights[index] {
            return false
        }
        return left.isAdministrator == right.isAdministrator
    }
}

/// What follows for one member in one place, all sums drawn: a set of rights.
public struct EffectiveRights: Equatable, BitwiseCopyable, Sendable {
    private static let administratorBit: UInt16 = 1
    private var bits: UInt16

    public static let none = EffectiveRights(bits: 0)

    private init(bits: UInt16) { self.bits = bits }

    /// `sums`: of all values that count, per right. Any administrator holds everything.
    public init(sums: Rights) {
        bits = sums.isAdministrator ? Self.administratorBit : 0
        for right in Right.all {
            let sum = sums[right]
            let holds = sums.isAdministrator || sum > 0 || sum == 0 && right.isDefault
            if holds { bits |= 1 << UInt16(right.rawValue) }
        }
    }

    public var isAdministrator: Bool { bits & Self.administratorBit != 0 }

    public func allows(_ right: Right) -> Bool { bits & (1 << UInt16(right.rawValue)) != 0 }

    /// What is held here, being an administrator included, that `other` does not hold.
    public func beyond(_ other: EffectiveRights) -> EffectiveRights {
        EffectiveRights(bits: bits & ~other.bits)
    }
}

/// Who may learn of an event.
public enum Audience: Equatable {
    case everyone
    /// Those who may see the channel.
    case viewers(ChannelID)
    /// All others: they are told something else.
    case nonViewers(ChannelID)
    case member(UserID)
}
