import Certificates
import Memory
import TestSupport
import XCTest

final class AuthorityTests: CertificatesTestCase {
    func testOpenSSLTrustsTheLeafUnderEachOfItsNames() {
        let (ca, leaf) = files(made())
        for name in ["pi4", "pi4.local", "localhost", "PI4.LOCAL"] {
            let result = openssl(
                "verify", "-x509_strict", "-purpose", "sslserver", "-attime", "\(today)",
                "-verify_hostname", name, "-CAfile", ca, leaf)
            XCTAssertEqual(result.status, 0, name + ": " + result.output)
        }
        for address in ["192.168.1.20", "127.0.0.1", "::1"] {
            let result = openssl(
                "verify", "-purpose", "sslserver", "-attime", "\(today)", "-verify_ip", address,
                "-CAfile", ca, leaf)
            XCTAssertEqual(result.status, 0, address + ": " + result.output)
        }
    }

    func testOpenSSLTrustsItUnderNoOtherName() {
        let (ca, leaf) = files(made())
        for name in ["bank.example", "other.local", "xpi4.local"] {
            XCTAssertNotEqual(
                openssl(
                    "verify", "-attime", "\(today)", "-verify_hostname", name, "-CAfile", ca, leaf
                ).status, 0, name)
        }
        XCTAssertNotEqual(
            openssl(
                "verify", "-attime", "\(today)", "-verify_ip", "10.0.0.1", "-CAfile", ca, leaf
            ).status, 0)
    }

    func testAnotherAuthorityDoesNotVouchForIt() {
        let (_, leaf) = files(made(number: 1))
        let other = file("other.pem", made(number: 7).text())
        XCTAssertNotEqual(
            openssl("verify", "-attime", "\(today)", "-CAfile", other, leaf).status, 0)
    }

    func testTheAuthorityIsOneOfLeavesAloneForTenYears() {
        let authority = made()
        let text = openssl("x509", "-in", files(authority).ca, "-noout", "-text").output
        for line in [
            "ASN1 OID: prime256v1", "Signature Algorithm: ecdsa-with-SHA256",
            "Subject: CN = Concord on pi4\n", "Issuer: CN = Concord on pi4\n",
            "Not Before: Jan  1 00:00:00 2025 GMT", "Not After : Dec  1 00:00:00 2036 GMT",
            "X509v3 Basic Constraints: critical\n                CA:TRUE, pathlen:0\n",
            "X509v3 Key Usage: critical\n                Certificate Sign, CRL Sign\n",
            "X509v3 Extended Key Usage: \n                TLS Web Server Authentication\n",
            "X509v3 Name Constraints: \n", "X509v3 Subject Key Identifier",
        ] { XCTAssertTrue(text.contains(line), line + " is missing in " + text) }
    }

    func testTheLeafIsAServersForAYear() throws {
        let authority = made()
        let text = openssl("x509", "-in", files(authority).leaf, "-noout", "-text").output
        for line in [
            "ASN1 OID: prime256v1", "Issuer: CN = Concord on pi4\n", "Subject: CN = Concord\n",
            "Not Before: Nov  1 00:00:00 2026 GMT", "Not After : Nov  1 00:00:00 2027 GMT",
            "X509v3 Basic Constraints: critical\n                CA:FALSE\n", "X509v3 Authority Key Identifier",
            "X509v3 Key Usage: critical\n                Digital Signature\n",
            "X509v3 Extended Key Usage: \n                TLS Web Server Authentication\n",
            "DNS:pi4, DNS:pi4.local, DNS:localhost, IP Address:192.168.1.20, IP Address:127.0.0.1, "
                + "IP Address:0:0:0:0:0:0:0:1",
        ] { XCTAssertTrue(text.contains(line), line + " is missing in " + text) }
        let validity = try XCTUnwrap(authority.leaf).validity
        XCTAssertEqual(validity.notAfter - validity.notBefore, 365 * day)
    }

    func testItVouchesForServersAlone() {
        let authority = file("ca.pem", made().text())
        let (key, leaf) = (file("key", lend("")), file("leaf", lend("")))
        XCTAssertEqual(
            openssl(
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-keyout", key, "-out", leaf, "-subj", "/CN=x", "-CA", authority, "-CAkey",
                authority, "-addext", "basicConstraints=critical,CA:FALSE", "-addext",
                "subjectAltName=DNS:pi4.local"
            ).status, 0)
        for (purpose, isGood) in [("sslserver", true), ("smimesign", false), ("sslclient", false)] {
            let result = openssl(
                "verify", "-no_check_time", "-purpose", purpose, "-CAfile", authority, leaf)
            XCTAssertEqual(result.status == 0, isGood, purpose + ": " + result.output)
        }
    }

    func testSerialsAndKeysAreDrawnAnew() {
        var seen: Set<String> = []
        for number in 0..<5 {
            let (ca, leaf) = files(made(number: UInt64(number * 2)))
            for path in [ca, leaf] {
                let serial = openssl("x509", "-in", path, "-noout", "-serial").output
                XCTAssertEqual(serial.utf8.count, "serial=\n".utf8.count + 32)
                seen.insert(serial)
                seen.insert(openssl("pkey", "-in", path, "-pubout").output)
            }
        }
        XCTAssertEqual(seen.count, 20)
    }

    func testTheSameInputsMakeTheSame() {
        XCTAssertEqual(String(made().text()), String(made().text()))
        XCTAssertEqual(String(made().leafText()), String(made().leafText()))
    }

    func testTheFingerprintIsTheOneThatDevicesShow() throws {
        let authority = made()
        var out = ByteWriter(.allocate(Certificate.fingerprintBytes))
        try XCTUnwrap(authority.certificate).writeFingerprint(into: &out)
        let theirs = openssl("x509", "-in", files(authority).ca, "-noout", "-fingerprint", "-sha256")
        XCTAssertEqual("sha256 Fingerprint=\(String(out.bytes))\n", theirs.output)
    }

    func testAMachineWithAnOddNameHasAnAuthorityToo() {
        for host in ["", "a,b=c", "my_pi", "näme", "123", String(repeating: "a", count: 63)] {
            let authority = made(names: [host, "localhost", "127.0.0.1"], host: host)
            let (ca, leaf) = files(authority)
            XCTAssertEqual(
                openssl(
                    "verify", "-attime", "\(today)", "-verify_hostname", "localhost", "-CAfile", ca,
                    leaf
                ).status, 0, host)
        }
    }

    func testMoreNamesThanFitLeaveTheLastOnesOut() {
        let many = (0..<300).map { "10.0.\($0 / 250).\($0 % 250)" }
        let (ca, leaf) = files(made(names: CertificatesTestCase.usual + many))
        XCTAssertEqual(
            openssl("verify", "-attime", "\(today)", "-verify_ip", "10.0.0.1", "-CAfile", ca, leaf)
                .status, 0)
    }

    // MARK: - Files

    func testWhatWasWrittenIsReadAgain() {
        let first = made()
        let second = LocalAuthority()
        XCTAssertTrue(second.read(terminated(first.text()), entropy: entropy(9)))
        XCTAssertTrue(second.readLeaf(terminated(first.leafText()), entropy: entropy(9)))
        XCTAssertEqual(String(second.text()), String(first.text()))
        XCTAssertEqual(String(second.leafText()), String(first.leafText()))
    }

    func testEveryTruncationOfAFileIsSeen() {
        let authority = made()
        let whole = [UInt8](authority.text())
        let leaf = [UInt8](authority.leafText())
        let reader = LocalAuthority()
        // Without its last line end the text is whole.
        for length in stride(from: 0, to: whole.count - 1, by: 3) {
            XCTAssertFalse(reader.read(terminated(Array(whole[..<length])), entropy: entropy(9)))
        }
        XCTAssertTrue(reader.read(terminated(whole), entropy: entropy(9)))
        for length in stride(from: 0, to: leaf.count - 1, by: 3) {
            XCTAssertFalse(reader.readLeaf(terminated(Array(leaf[..<length])), entropy: entropy(9)))
            XCTAssertNil(reader.leaf)
        }
    }

    func testAKeyOfAnotherCertificateIsSeen() {
        let (first, second) = (made(number: 1), made(number: 5))
        let key = String(first.text()).components(separatedBy: "-----BEGIN CERT")[0]
        let certificate = "-----BEGIN CERT"
            + String(second.text()).components(separatedBy: "-----BEGIN CERT")[1]
        let reader = LocalAuthority()
        XCTAssertFalse(reader.read(terminated(Array((key + certificate).utf8)), entropy: entropy(9)))
    }

    func testALeafOfAnotherAuthorityIsSeen() {
        let (first, second) = (made(number: 1), made(number: 5))
        XCTAssertFalse(first.readLeaf(terminated(second.leafText()), entropy: entropy(9)))
    }

    func testADamagedFileIsSeenOrStillGood() {
        var random = SeededGenerator(seed: 4)
        let whole = [UInt8](made().text())
        let reader = LocalAuthority()
        var refused = 0
        for _ in 0..<300 {
            var damaged = whole
            damaged[Int.random(in: damaged.indices, using: &random)] =
                UInt8.random(in: 1...255, using: &random)
            if !reader.read(terminated(damaged), entropy: entropy(9)) {
                refused += 1
            } else {
                XCTAssertTrue(withNames { reader.makeLeaf(
                    names: $0, clock: today, entropy: entropy(3)) })
            }
        }
        XCTAssertGreaterThan(refused, 100)
    }

    private func terminated(_ text: [UInt8]) -> Bytes { lend(text + [0]).prefix(text.count) }
    private func terminated(_ text: Bytes) -> Bytes { terminated([UInt8](text)) }
}
