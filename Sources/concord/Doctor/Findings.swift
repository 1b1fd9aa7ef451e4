import CLinux
import LinuxIO
import Memory

/// What the doctor found, printed as it goes: a line each, and below it what repairs it.
final class Findings {
    /// Whether something must be repaired.
    private(set) var needsRepair = false

    func good(_ subject: StaticString, _ compose: (inout Line) -> Void) {
        print("ok   ", subject, compose)
    }

    /// It works, but could be better.
    func advise(
        _ subject: StaticString, _ compose: (inout Line) -> Void,
        better remedy: (inout Line) -> Void
    ) {
        print("note ", subject, compose)
        print(remedy: remedy)
    }

    func repair(
        _ subject: StaticString, _ compose: (inout Line) -> Void, with remedy: (inout Line) -> Void
    ) {
        needsRepair = true
        print("FIX  ", subject, compose)
        print(remedy: remedy)
    }

    private func print(
        _ verdict: StaticString, _ subject: StaticString, _ compose: (inout Line) -> Void
    ) {
        var line = Line()
        line.add(verdict)
        line.add(subject)
        line.pad(to: 15)
        compose(&line)
        line.print()
    }

    private func print(remedy: (inout Line) -> Void) {
        var line = Line()
        line.pad(to: 15)
        line.add("-> ")
        remedy(&line)
        line.print()
    }
}
