import Pictures
import TestSupport
import XCTest

final class ExplanationTests: XCTestCase {
    func testTheSentencesHaveTheNumbersOfTheLimits() {
        XCTAssert("\(PictureFault.sideTooLong.explanation)".contains("\(PictureLimits.sideMax) "))
        XCTAssert("\(PictureFault.tooManyFrames.explanation)".contains("\(PictureLimits.framesMax) "))
    }
}
