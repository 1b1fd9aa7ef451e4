import Certificates
import Memory
import TestSupport
import XCTest

/// What an authority may vouch for, and what it is asked to.
final class NameTests: CertificatesTestCase {
    private let later = [
        "pi4.local", "other.local", "localhost", "10.1.2.3", "172.31.255.1", "192.168.9.9",
        "169.254.1.1", "100.64.0.1", "fd00::1", "fe80::1", "127.0.0.5",
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
        let authority = made(names: ["pi4", "localhost", "203.0.113.7"])
        XCTAssertTrue(withNames(["bank.example", "pi4", "203.0.113.8", "203.0.113.7", "a.pi4"]) {
            authority.makeLeaf(names: $0, clock: today, entropy: entropy(3))
        })
        let (ca, leaf) = files(authority)
        XCTAssertEqual(openssl("verify", "-attime", "\(today)", "-CAfile", ca, leaf).status, 0)
        let text = openssl("x509", "-in", leaf, "-noout", "-ext", "subjectAltName").output
        XCTAssertTrue(text.contains("    DNS:pi4, IP Address:203.0.113.7, DNS:a.pi4\n"), text)
    }

    /// Whoever may vouch for `chat` may do so for all of `.chat`.
    func testANameThatCouldBeATopLevelDomainIsLeftOut() {
        for name in ["chat", "Chat", "xn--p1ai", "XN--P1AI", "raspberry"] {
            XCTAssertEqual(namesOfLeaf(madeFor: name), "DNS:localhost", name)
        }
        for name in ["pi4", "my-pi", "chat2", "raspberrypi", "RaspberryPi", "chat.example"] {
            XCTAssertEqual(namesOfLeaf(madeFor: name), "DNS:\(name), DNS:localhost", name)
        }
    }

    func testAPublicAddressOfIPv6IsLeftOut() {
        XCTAssertEqual(namesOfLeaf(madeFor: "2001:db8::1"), "DNS:localhost")
        XCTAssertEqual(
            namesOfLeaf(madeFor: "203.0.113.7"), "IP Address:203.0.113.7, DNS:localhost")
    }

    private func namesOfLeaf(madeFor name: String) -> String {
        let leaf = files(made(names: [name, "localhost"], host: "pi4")).leaf
        let text = openssl("x509", "-in", leaf, "-noout", "-ext", "subjectAltName").output
        return text.split(separator: "\n").last!.trimmingCharacters(in: .whitespaces)
    }

    /// A key that is stolen must be of no use for other names.
    func testOpenSSLRefusesWhatTheConstraintsForbid() throws {
        let authority = file("ca.pem", made(names: CertificatesTestCase.usual + ["chat"]).text())
        for (name, isGood) in [
            ("DNS:bank.example", false), ("IP:1.1.1.1", false), ("DNS:localhost.example", false),
            ("DNS:xlocal", false), ("IP:2001:db8::1", false), ("DNS:example.chat", false), ("DNS:pi4.local", true), ("IP:192.168.7.7", true),
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
            String(repeating: "a", count: 64), "pi4", "PI4", "3.pi4",
        ])
        let text = openssl("x509", "-in", files(authority).leaf, "-noout", "-ext", "subjectAltName")
        XCTAssertTrue(text.output.contains("    DNS:pi4, DNS:3.pi4\n"), text.output)
    }
}
