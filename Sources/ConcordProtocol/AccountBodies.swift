import JSON
import Memory
import Model

/// The body of a password change.
public struct PasswordChange {
    public let old: Bytes?
    public let new: Bytes

    /// Decodes the body and judges the new password. `scratch` must be twice as long as `text`.
    public static func decode(
        _ text: Bytes, limits: Limits, scratch: MutableBytes
    ) throws(AttributeError) -> PasswordChange {
        var old, new: JSONValue?
        var members = try BodyMembers(text)
        while let (name, value) = try members.next() {
            switch name {
            case "oldPassword": old = value
            case "newPassword": new = value
            default: break
            }
        }
        var reader = AttributeReader(for: text, scratch: scratch)
        let change = PasswordChange(
            old: try reader.optionalText("oldPassword", old),
            new: try reader.text("newPassword", new))
        try limits.checkPassword(change.new, as: "newPassword")
        return change
    }
}

/// The body by which a member removes their own account.
public enum Removal {
    /// Decodes the password. `scratch` must be twice as long as `text`.
    public static func decode(
        _ text: Bytes, scratch: MutableBytes
    ) throws(AttributeError) -> Bytes {
        var password: JSONValue?
        var members = try BodyMembers(text)
        while let (name, value) = try members.next() {
            if name.equals("password") { password = value }
        }
        var reader = AttributeReader(for: text, scratch: scratch)
        return try reader.text("password", password)
    }
}

/// The body by which a member chooses a status.
public enum StatusChoice {
    /// Decodes the status. `scratch` must be twice as long as `text`.
    public static func decode(
        _ text: Bytes, scratch: MutableBytes
    ) throws(AttributeError) -> OnlineStatus {
        var found: JSONValue?
        var members = try BodyMembers(text)
        while let (name, value) = try members.next() {
            if name.equals("onlineStatus") { found = value }
        }
        var reader = AttributeReader(for: text, scratch: scratch)
        guard let status = OnlineStatus(name: try reader.text("onlineStatus", found)) else {
            throw AttributeError(
                .invalid(
                    attribute: "onlineStatus",
                    rule: "must be OFFLINE, ONLINE, AWAY or DO_NOT_DISTURB"))
        }
        return status
    }
}

/// An invite as its maker wants it.
public struct NewInvite {
    public static let uses: ClosedRange<Int64> = 1...1_000
    /// Up to a year.
    public static let validForSeconds: ClosedRange<Int64> = 1...31_536_000

    public let uses: Int64
    public let validForSeconds: Int64

    /// Decodes the body of a POST. `scratch` must be twice as long as `text`.
    public static func decode(
        _ text: Bytes, scratch: MutableBytes
    ) throws(AttributeError) -> NewInvite {
        var uses, seconds: JSONValue?
        var members = try BodyMembers(text)
        while let (name, value) = try members.next() {
            switch name {
            case "uses": uses = value
            case "validForSeconds": seconds = value
            default: break
            }
        }
        let reader = AttributeReader(for: text, scratch: scratch)
        let invite = NewInvite(
            uses: try reader.integer("uses", uses),
            validForSeconds: try reader.integer("validForSeconds", seconds))
        guard NewInvite.uses.contains(invite.uses) else {
            throw AttributeError(.invalid(attribute: "uses", rule: "must be from 1 to 1000"))
        }
        guard NewInvite.validForSeconds.contains(invite.validForSeconds) else {
            throw AttributeError(
                .invalid(attribute: "validForSeconds", rule: "must be from 1 to 31536000"))
        }
        return invite
    }
}

extension Limits {
    func checkPassword(_ password: Bytes, as name: StaticString) throws(AttributeError) {
        if password.count < passwordBytesMin {
            throw AttributeError(.invalid(attribute: name, rule: "is too short"))
        }
        if password.count > passwordBytesMax {
            throw AttributeError(.invalid(attribute: name, rule: "is too long"))
        }
    }
}
