import Model
import XCTest

final class RightsTests: XCTestCase {
    func testWithoutAWordTheDefaultsHold() {
        let rights = EffectiveRights(sums: Rights())
        for right in Right.allCases { XCTAssertEqual(rights.allows(right), right.isDefault) }
        XCTAssertFalse(rights.isAdministrator)
    }

    func testThePositiveHoldsAndTheNegativeDoesNot() {
        for right in Right.allCases {
            var sums = Rights()
            sums[right] = 1
            XCTAssertTrue(EffectiveRights(sums: sums).allows(right))
            sums[right] = -1
            XCTAssertFalse(EffectiveRights(sums: sums).allows(right))
        }
    }

    func testAnAdministratorHoldsEverythingWhateverSpeaksAgainstIt() {
        var sums = Rights.administrator
        for right in Right.allCases { sums[right] = -5 }
        for right in Right.allCases { XCTAssertTrue(EffectiveRights(sums: sums).allows(right)) }
    }

    func testSumsBeyondWhatIsKeptKeepTheirSign() {
        var sums = Rights()
        sums[.viewChannel] = -9_000_000_000
        sums[.manageServer] = 9_000_000_000
        XCTAssertFalse(EffectiveRights(sums: sums).allows(.viewChannel))
        XCTAssertTrue(EffectiveRights(sums: sums).allows(.manageServer))
    }
}
