import Certificates
import Memory
import TestSupport
import XCTest

/// When the server's certificate is replaced, and by what.
final class RenewalTests: CertificatesTestCase {
    private func reason(
        _ authority: LocalAuthority, at clock: Int64, names: [String] = usual
    ) -> RenewalReason? {
        withNames(names) { authority.reasonToRenew(names: $0, clock: clock) }
    }

    private func renew(_ authority: LocalAuthority, at clock: Int64, names: [String] = usual) {
        withNames(names) {
            XCTAssertTrue(authority.makeLeaf(names: $0, clock: clock, entropy: entropy(50)))
        }
    }

    func testItIsRenewedWhenAThirdOfItsLifeIsLeft() throws {
        let authority = made()
        let validity = try XCTUnwrap(authority.leaf).validity
        let due = validity.notAfter - 365 * day / 3
        XCTAssertNil(reason(authority, at: today))
        XCTAssertNil(reason(authority, at: due))
        XCTAssertEqual(reason(authority, at: due + 1), .runsOut)
        XCTAssertEqual(reason(authority, at: validity.notAfter + 1), .runsOut)
        renew(authority, at: due + 1)
        XCTAssertNil(reason(authority, at: due + 1))
        XCTAssertEqual(authority.leaf?.validity.notAfter, due + 1 + 335 * day)
    }

    func testARenewedLeafHasAKeyOfItsOwn() {
        let authority = made()
        let before = [UInt8](authority.leafText())
        renew(authority, at: today)
        XCTAssertNotEqual([UInt8](authority.leafText()), before)
    }

    func testANewNameOrAddressRenewsItAndOneThatIsGoneDoesNot() {
        let authority = made()
        XCTAssertEqual(
            reason(authority, at: today, names: CertificatesTestCase.usual + ["10.0.0.7"]), .newName)
        XCTAssertEqual(
            reason(authority, at: today, names: CertificatesTestCase.usual + ["a.local"]), .newName)
        XCTAssertNil(reason(authority, at: today, names: ["PI4.local", "127.0.0.1"]))
    }

    func testANameThatTheAuthorityMayNotVouchForRenewsNothing() {
        let authority = made()
        let names = CertificatesTestCase.usual + ["bank.example", "8.8.8.8", "chat", "2001:db8::1"]
        XCTAssertNil(reason(authority, at: today, names: names))
    }

    /// An address that does not fit any more must not be asked for again and again.
    func testMoreNamesThanFitAreNotRenewedForEver() {
        let many = CertificatesTestCase.usual + (0..<400).map { "10.0.\($0 / 250).\($0 % 250)" }
        let authority = made(names: many)
        XCTAssertNil(reason(authority, at: today, names: many))
    }

    func testAClockThatIsNotSetMakesWhatIsValidInThisProgramsTime() throws {
        for clock: Int64 in [0, 10, -5, 1_600_000_000] {
            let authority = made(clock: clock)
            let leaf = try XCTUnwrap(authority.leaf).validity
            XCTAssertLessThan(leaf.notBefore, today - 25 * day)
            XCTAssertGreaterThan(leaf.notAfter, today + 300 * day)
            XCTAssertNil(reason(authority, at: clock))
            XCTAssertNil(reason(authority, at: today), "when the clock is set, it is still good")
        }
    }

    func testAClockThatFallsBackRenewsNothing() {
        let authority = made()
        XCTAssertNil(reason(authority, at: 0))
        XCTAssertNil(reason(authority, at: today - 20 * day))
    }

    func testALeafOfAWrongFutureIsReplacedInTheRightPresent() {
        let future = today + 3 * 365 * day
        let authority = made()
        renew(authority, at: future)
        XCTAssertNil(reason(authority, at: future))
        XCTAssertEqual(reason(authority, at: today), .notYetValid)
        renew(authority, at: today)
        XCTAssertNil(reason(authority, at: today))
    }

    func testAnAuthorityOfAWrongFutureIsGoodInThePresent() throws {
        let authority = made(clock: today + 30 * 365 * day)
        renew(authority, at: today)
        let (ca, leaf) = files(authority)
        XCTAssertEqual(openssl("verify", "-attime", "\(today)", "-CAfile", ca, leaf).status, 0)
    }

    func testAClockBeyondTheAuthoritysLifeIsNotBelieved() throws {
        let authority = made()
        let end = try XCTUnwrap(authority.certificate).validity.notAfter
        for clock in [end, end + day, end + 50 * 365 * day, .max] {
            XCTAssertNil(reason(authority, at: clock))
            XCTAssertNil(reason(authority, at: clock, names: ["new.local"]))
        }
    }

    func testNothingIsRenewedForNothingNearTheAuthoritysEnd() throws {
        let authority = made()
        let end = try XCTUnwrap(authority.certificate).validity.notAfter
        renew(authority, at: end - 100 * day)
        XCTAssertEqual(authority.leaf?.validity.notAfter, end)
        for clock in stride(from: end - 100 * day, to: end, by: Int(day)) {
            XCTAssertNil(reason(authority, at: clock))
        }
    }

    func testTenYearsAreCoveredWithoutAGap() throws {
        let authority = made()
        var renewals = 0
        for clock in stride(from: today, to: today + 10 * 365 * day, by: Int(day)) {
            if reason(authority, at: clock) != nil {
                renewals += 1
                renew(authority, at: clock)
            }
            let validity = try XCTUnwrap(authority.leaf).validity
            XCTAssertLessThan(validity.notBefore, clock)
            XCTAssertGreaterThan(validity.notAfter, clock)
        }
        XCTAssertLessThan(renewals, 20)
        XCTAssertGreaterThan(renewals, 10)
    }

    func testAClockThatJumpsDoesNotCauseAStorm() {
        var pace = RenewalPace()
        var renewals = 0
        // A day of a check every 15 seconds that always finds a reason.
        for now in stride(from: Int64(0), to: 86_400_000, by: 15_000) where pace.take(now: now) {
            renewals += 1
        }
        XCTAssertEqual(renewals, 4 + 95)
    }

    func testThePaceAllowsABootWithALateAddressAndALateClock() {
        var pace = RenewalPace()
        XCTAssertTrue(pace.take(now: 1_000))
        XCTAssertTrue(pace.take(now: 16_000))
        XCTAssertTrue(pace.take(now: 31_000))
        XCTAssertTrue(pace.take(now: 46_000))
        XCTAssertFalse(pace.take(now: 61_000))
    }
}
