import Certificates
import Memory
import TestSupport
import XCTest

/// What an authority may vouch for, and what it is asked to.
final class NameTests: CertificatesTestCase {
    private let later = [
        "pi.local", "other.local", "localhost", "10.1.2.3", "172.31.255.1", "192.168.9.9",
        "169.254.1.1", "100.64.0.1", "fd00::1", "fe80::1", "2001:db8::1", "127.0.0.5",
    ]

    func testALeafHoldsEveryNameOfAHomeWhateverTheMachineHadAtFirst() {
        let authority = made(names: ["localhost"])
        XCTAssertTrue(withNames(later) {
            authority.makeLeaf(names: $0, clock: today, entropy: entropy(3))
        })
        let (ca, leaf) = files(authority)
        for name in later {
            let option = addressBytes(name) == nil ? "-verify_hostname" : "-verify_ip"
            let result = openssl(
                "verify", "-attime", "\(today)", option, name, "-CAfile", ca, leaf)
            XCTAssertEqual(result.status, 0, name + ": " + result.output)
        }
    }

    func testWhatTheAuthorityMayNotVouchForIsLeftOutOfALeaf() throws {
        let authority = made(names: ["pi", "localhost", "203.0.113.7"])
        XCTAssertTrue(withNames(["bank.example", "pi", "203.0.113.8", "203.0.113.7", "a.pi"]) {
            authority.makeLeaf(names: $0, clock: today, entropy: entropy(3))
        })
        let (ca, leaf) = files(authority)
        XCTAssertEqual(openssl("verify", "-attime", "\(today)", "-CAfile", ca, leaf).status, 0)
        let text = openssl("x509", "-in", leaf, "-noout", "-ext", "subjectAltName").output
        XCTAssertTrue(text.contains("    DNS:pi, IP Address:203.0.113.7, DNS:a.pi\n"), text)
    }

    /// A key that is stolen must be of no use for other names.
    func testOpenSSLRefusesWhatTheConstraintsForbid() throws {
        let authority = file("ca.pem", made().text())
        for (name, isGood) in [
            ("DNS:bank.example", false), ("IP:1.1.1.1", false), ("DNS:localhost.example", false),
            ("DNS:xlocal", false), ("DNS:pi.local", true), ("IP:192.168.7.7", true),
        ] {
            let key = file("key", lend(""))
            let leaf = file("leaf", lend(""))
            XCTAssertEqual(
                openssl(
                    "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                    "-nodes", "-keyout", key, "-out", leaf, "-subj", "/CN=x", "-CA", authority,
                    "-CAkey", authority, "-addext", "subjectAltName=" + name,
                    "-addext", "basicConstraints=critical,CA:FALSE"
                ).status, 0)
            let result = openssl("verify", "-no_check_time", "-CAfile", authority, leaf)
            XCTAssertEqual(result.status == 0, isGood, name + ": " + result.output)
        }
    }

    func testWhatIsNoHostNameIsNotAdded() throws {
        let authority = made(names: [
            "my_pi", "-pi", "pi-", "a..b", ".pi", "pi.", "1.2.3", "7", "", "pi*", "*.pi", "näme",
            String(repeating: "a", count: 64), "pi", "PI", "3.pi",
        ])
        let text = openssl("x509", "-in", files(authority).leaf, "-noout", "-ext", "subjectAltName")
        XCTAssertTrue(text.output.contains("    DNS:pi, DNS:3.pi\n"), text.output)
    }
}
