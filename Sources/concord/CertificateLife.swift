import Certificates
import CLinux
import Memory

/// How long a certificate is good for, and what its owner is told of that in time.
enum CertificateLife {
    /// Of a certificate of one's own, which somebody has to renew.
    static let daysWanted: Int64 = 30
    /// Every device has to trust another authority by hand: that takes a community a while.
    static let authorityDaysWanted: Int64 = 180

    /// A clock that was never set says at least when this program was made.
    static var now: Int64 { max(linux_wall_ms(), Main.releasedAt) / 1_000 }

    static func daysLeft(_ validity: Validity) -> Int64 { (validity.notAfter - now) / 86_400 }

    /// Appends what is wrong, as what follows its name; false if nothing is.
    static func appendWarning(
        of validity: Validity, wanting days: Int64, into out: inout ByteWriter
    ) -> Bool {
        if now < validity.notBefore {
            out.append(" is not valid before ")
            out.appendDate(unixTime: validity.notBefore)
            out.append(": until then, if the clock here is right, clients refuse it")
        } else if now >= validity.notAfter {
            out.append(" ended on ")
            out.appendDate(unixTime: validity.notAfter)
            out.append(": clients refuse it")
        } else if daysLeft(validity) < days {
            out.append(" ends on ")
            out.appendDate(unixTime: validity.notAfter)
            out.append(", in ")
            out.appendDecimal(daysLeft(validity))
            out.append(" days")
        } else {
            return false
        }
        return true
    }
}
