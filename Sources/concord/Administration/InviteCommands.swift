import Administration
import JSON
import Memory

/// `concord invite …`.
struct InviteCommands {
    let link: ControlLink

    func create(_ uses: Int64, validForSeconds seconds: Int64) {
        let invite = link.ask(
            ControlRequest("POST", ControlPath("/api/invites"), textBytes: 0) { json in
                json.member("uses", uses)
                json.member("validForSeconds", seconds)
            }
        ).value
        var line = Line()
        line.add(invite.member("code")?.text ?? .empty)
        line.print()
        // The code alone is standard output, so that a script can have it.
        var note = Line()
        note.add("for ")
        note.add(uses)
        note.add(uses == 1 ? " registration until " : " registrations until ")
        note.add(cell(time: invite.member("expiresAt")?.integer ?? 0))
        note.print(to: 2)
    }

    func list() {
        var table = TextTable("CODE", "USES LEFT", "EXPIRES")
        for invite in invites() {
            table.add(
                invite.member("code")?.text ?? .empty, cell(invite.member("uses")?.integer ?? 0),
                cell(time: invite.member("expiresAt")?.integer ?? 0))
        }
        show(table, ifEmpty: "there are no invites")
    }

    func count() -> Int { invites().count }

    private func invites() -> [JSONValue] {
        link.ask(ControlRequest("GET", ControlPath("/api/invites"))).value.elements
    }

    func remove(_ code: Bytes) {
        _ = link.ask(ControlRequest("DELETE", ControlPath("/api/invites/", encoding: code)))
        say("removed the invite")
    }
}
