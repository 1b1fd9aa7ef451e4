import Memory

/// What others see of a member. The raw value is how a choice is stored.
public enum OnlineStatus: Int64, Sendable {
    case offline = 0
    case online
    case away
    case doNotDisturb

    /// As the protocol writes it.
    public var name: StaticString {
        switch self {
        case .offline: "OFFLINE"
        case .online: "ONLINE"
        case .away: "AWAY"
        case .doNotDisturb: "DO_NOT_DISTURB"
        }
    }

    public init?(name: Bytes) {
        switch name {
        case "OFFLINE": self = .offline
        case "ONLINE": self = .online
        case "AWAY": self = .away
        case "DO_NOT_DISTURB": self = .doNotDisturb
        default: return nil
        }
    }
}
