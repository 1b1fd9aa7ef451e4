import Administration
import JSON
import Memory

/// `concord channel …` and `concord say`.
struct ChannelCommands {
    let link: ControlLink

    struct Channel {
        let id: Int64
        let name: Bytes
        let description: Bytes?
        let depth: Int
    }

    func list() {
        let main = link.ask(ControlRequest("GET", ControlPath("/api/server"))).value
            .member("defaultChannelId")?.integer
        var table = TextTable("ID", "NAME", "DESCRIPTION")
        for channel in channels() {
            let name = TextBuffer()
            for _ in 0..<channel.depth { name.append("  ") }
            name.append(channel.name)
            if channel.id == main { name.append(" (default)") }
            table.add(cell(channel.id), permanent(name.bytes), channel.description ?? .empty)
        }
        show(table, ifEmpty: "there are no channels")
    }

    /// All of them, each followed by what is below it.
    func channels() -> [Channel] {
        var all: [Channel] = []
        let roots = link.ask(ControlRequest("GET", ControlPath("/api/channels"))).value
        collect(roots, depth: 0, into: &all)
        return all
    }

    private func collect(_ trees: JSONValue, depth: Int, into all: inout [Channel]) {
        for tree in trees.elements {
            guard let id = tree.member("id")?.integer, let name = tree.member("name")?.text
            else { continue }
            all.append(
                Channel(
                    id: id, name: name, description: tree.member("description")?.text,
                    depth: depth))
            if let children = tree.member("children") {
                collect(children, depth: depth + 1, into: &all)
            }
        }
    }

    /// The channel of that id or name, `#` in front or not. Names need not be unique: of those that
    /// are not, nothing is guessed.
    private func find(_ text: Bytes) -> Channel {
        let name = text.starts(with: "#") ? text.dropFirst(1) : text
        let all = channels()
        let matches = all.filter { $0.name == name || $0.name == text }
        if matches.count == 1 { return matches[0] }
        if let channel = all.first(where: { decimalInteger(text) == $0.id }) { return channel }
        exit(ExitCode.failure) { line in
            line.add(matches.isEmpty ? "there is no channel \"" : "there are several channels \"")
            line.add(text)
            line.add(
                matches.isEmpty
                    ? "\"; `concord channel list` shows all"
                    : "\"; name one by its id, which `concord channel list` shows")
        }
    }

    func add(_ name: Bytes, below parent: Bytes?, _ description: Bytes?) {
        let isSecond = channels().contains { $0.name == name }
        let parent = parent.map { find($0).id }
        let request = ControlRequest(
            "POST", ControlPath("/api/channels"),
            textBytes: name.count + (description?.count ?? 0)
        ) { json in
            json.member("name", name)
            json.member("description", description)
            json.member("parentChannelId", parent)
        }
        let id = link.ask(request).value.member("id")?.integer ?? 0
        var line = Line()
        line.add("added the channel ")
        line.add(name)
        line.add(", ")
        line.add(id)
        line.print()
        guard isSecond else { return }
        var note = Line()
        note.add("there is another channel of that name: commands want their ids")
        note.print(to: 2)
    }

    func remove(_ text: Bytes, isConfirmed: Bool) {
        let channel = find(text)
        link.letGo()
        Person.confirm(isConfirmed, "this cannot be undone") { line in
            line.add("remove the channel ")
            line.add(channel.name)
            line.add(", the channels below it and all chats in them, for good?")
        }
        _ = link.ask(ControlRequest("DELETE", ControlPath("/api/channels/", channel.id)))
        report("removed the channel ", channel.name)
    }

    /// Without an author it is the oldest administrator who says it.
    func say(_ text: Bytes, in name: Bytes, as author: Int64?) {
        let channel = find(name)
        let path = ControlPath("/control/channels/", channel.id, "/chats")
        _ = link.ask(
            ControlRequest(
                "POST", author.map { path.asking("authorId", $0) } ?? path, textBytes: text.count
            ) { $0.member("content", text) })
    }
}
