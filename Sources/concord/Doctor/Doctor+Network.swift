import CLinux
import LinuxIO
import Memory
import ServerCore

// How others reach the server: Wi-Fi, ports, firewall, name.
extension Doctor {
    // MARK: - Wi-Fi

    func examineWireless() {
        var found = false
        for interface in tree.names(in: Bytes("/sys/class/net"))
        where tree.exists(Bytes("/sys/class/net"), interface, Bytes("phy80211"))
            || tree.exists(Bytes("/sys/class/net"), interface, Bytes("wireless"))
        {
            found = true
            examineWireless(interface)
        }
        if !found { findings.good("wifi") { $0.add("not used") } }
    }

    private func examineWireless(_ interface: Bytes) {
        switch savesPower(interface) {
        case false?:
            findings.good("wifi") { line in
                line.add(interface)
                line.add(" does not sleep between packets")
            }
        case true?:
            findings.advise("wifi") { line in
                line.add(interface)
                line.add(" sleeps between packets: messages come up to 0.2 s later")
            } better: { line in
                line.add("sudo iw dev ")
                line.add(interface)
                line.add(" set power_save off; for good: nmcli connection modify NAME wifi.powersave 2")
            }
        case nil:
            findings.advise("wifi") { line in
                line.add("whether ")
                line.add(interface)
                line.add(" sleeps between packets is not told")
            } better: { line in
                line.add("iw dev ")
                line.add(interface)
                line.add(" get power_save; if it is on: sudo iw dev ")
                line.add(interface)
                line.add(" set power_save off")
            }
        }
    }

    /// From the kernel, or else what NetworkManager was told; nil if neither says.
    private func savesPower(_ interface: Bytes) -> Bool? {
        if tree.isThisMachine {
            let answer = linux_wireless_saves_power(permanent(interface).cString)
            if answer >= 0 { return answer == 1 }
        }
        var told: Bool?
        let folder = Bytes("/etc/NetworkManager/conf.d")
        for name in tree.names(in: folder) {
            var lines = Lines(tree.text(folder, name) ?? .empty)
            while let line = lines.next() {
                guard let sign = line.firstIndex(of: UInt8(ascii: "=")) else { continue }
                guard line.prefix(sign).trimmed == "wifi.powersave" else { continue }
                // 2 disables, 3 enables, 0 and 1 leave it to others.
                switch line.dropFirst(sign + 1).trimmed {
                case "2": told = false
                case "3": told = true
                default: break
                }
            }
        }
        return told
    }

    // MARK: - Ports

    func examinePorts() {
        for address in configuration.listen { examine(address, for: .http) }
        for address in configuration.listenTLS { examine(address, for: .https) }
    }

    private func examine(_ address: ListenAddress, for scheme: Scheme) {
        let port = Int(address.port)
        guard port != 0 else { return }
        let isOpen = isListened(to: port)
        switch use {
        case .byServer where isOpen:
            examineReach(address, for: scheme) { $0.add(" is open, and the server runs") }
        case .byServer:
            findings.repair("port") { line in
                line.add(port)
                line.add(" is not open, though the server runs: it was started with other settings")
            } with: { $0.add("sudo systemctl restart concord") }
        case .nobody where isOpen && !isPassed(scheme):
            findings.repair("port") { line in
                line.add(port)
                line.add(" is in use by another program")
            } with: { line in
                line.add("sudo ss -ltnp 'sport = :")
                line.add(port)
                line.add("' names it; or another port: ")
                line.addChange { $0.add(scheme, at: port + 1) }
            }
        case .nobody:
            examineReach(address, for: scheme) { line in
                line.add(isPassed(scheme) ? " is systemd's, which starts the server" : " is free")
            }
        }
    }

    private func examineReach(
        _ address: ListenAddress, for scheme: Scheme, _ compose: (inout Line) -> Void
    ) {
        let port = Int(address.port)
        guard let host = address.host, host == "::1" || host.starts(with: "127.") else {
            return findings.good("port") { line in
                line.add(port)
                compose(&line)
            }
        }
        findings.advise("port") { line in
            line.add(port)
            compose(&line)
            line.add(", but only this machine can reach it")
        } better: { line in
            line.addChange { $0.add(scheme, at: port) }
        }
    }

    private func isPassed(_ scheme: Scheme) -> Bool {
        tree.exists(Bytes("/etc/systemd/system/sockets.target.wants"), Bytes(scheme.socketUnit))
    }

    /// /proc/net/tcp: the local address as hexadecimal ADDRESS:PORT, and 0A for one that listens.
    private func isListened(to port: Int) -> Bool {
        for file in ["/proc/net/tcp", "/proc/net/tcp6"] as [StaticString] {
            var lines = Lines(tree.text(Bytes(file)) ?? .empty)
            while let line = lines.next() {
                let words = line.words
                guard words.count > 3, words[3] == "0A",
                    let colon = words[1].firstIndex(of: UInt8(ascii: ":"))
                else { continue }
                if words[1].dropFirst(colon + 1).hexadecimal == port { return true }
            }
        }
        return false
    }

    // MARK: - Firewall

    func examineFirewall() {
        let ports = portsForOthers
        guard !ports.isEmpty else { return }
        if tree.text(Bytes("/etc/ufw/ufw.conf"))?.contains("ENABLED=yes") == true {
            examineUFW(ports)
        } else if tree.exists(Bytes("/run/firewalld")) || tree.exists(Bytes("/run/firewalld.pid")) {
            findings.advise("firewall") { line in
                line.add("firewalld runs; see that it lets in: port")
                line.add(ports, before: " ")
            } better: { line in
                line.add("sudo firewall-cmd --permanent")
                line.add(ports, before: " --add-port=", after: "/tcp")
                line.add(" && sudo firewall-cmd --reload")
            }
        } else if let rules = tree.text(Bytes("/etc/nftables.conf")), rules.contains("policy drop") {
            examineNftables(rules, ports)
        } else if tree.text(Bytes("/proc/net/ip_tables_names"))?.contains("filter") == true {
            findings.advise("firewall") { line in
                line.add("iptables has rules; see that they let in: port")
                line.add(ports, before: " ")
            } better: { line in
                line.add("sudo iptables -L INPUT -n; where not:")
                line.add(
                    ports, before: " sudo iptables -I INPUT -p tcp --dport ", after: " -j ACCEPT;")
            }
        } else {
            findings.good("firewall") { $0.add("none that would keep others out") }
        }
    }

    /// Each once.
    private var portsForOthers: [Int] {
        var ports: [Int] = []
        for address in configuration.listen + configuration.listenTLS {
            let port = Int(address.port)
            if port != 0, !ports.contains(port) { ports.append(port) }
        }
        return ports
    }

    private func examineNftables(_ rules: Bytes, _ ports: [Int]) {
        let shut = ports.filter { !rules.contains(decimal($0)) }
        guard !shut.isEmpty else {
            return findings.good("firewall") { $0.add("nftables drops, but names the server's ports") }
        }
        findings.repair("firewall") { line in
            line.add("/etc/nftables.conf drops what it does not name, and does not name port")
            line.add(shut, before: " ")
        } with: { line in
            line.add("sudoedit /etc/nftables.conf, add to its input chain:")
            line.add(shut, before: " tcp dport ", after: " accept;")
            line.add(" then: sudo systemctl reload nftables")
        }
    }

    private func examineUFW(_ ports: [Int]) {
        guard let rules = tree.text(Bytes("/etc/ufw/user.rules")) else {
            return findings.advise("firewall") { $0.add("ufw is on; only root may see its rules") } better: {
                $0.add("sudo concord doctor")
            }
        }
        let shut = ports.filter { !isAllowed($0, by: rules) }
        guard !shut.isEmpty else {
            return findings.good("firewall") { $0.add("ufw is on and lets the server's ports in") }
        }
        findings.repair("firewall") { line in
            line.add("ufw is on and does not let in: port")
            line.add(shut, before: " ")
        } with: { line in
            line.add(shut.prefix(1), before: "sudo ufw allow ", after: "/tcp")
            line.add(shut.dropFirst(), before: " && sudo ufw allow ", after: "/tcp")
        }
    }

    /// "### tuple ### allow tcp 8080 0.0.0.0/0 any 0.0.0.0/0 in"
    private func isAllowed(_ port: Int, by rules: Bytes) -> Bool {
        var lines = Lines(rules)
        while let line = lines.next() {
            let words = line.words
            if words.count > 5, words[1] == "tuple", words[3] == "allow",
                words[4] == "tcp" || words[4] == "any", words[5] == decimal(port)
            {
                return true
            }
        }
        return false
    }

    private func decimal(_ number: Int) -> Bytes {
        var out = ByteWriter(.allocate(24))
        out.appendDecimal(number)
        return out.bytes
    }

    // MARK: - Name

    func examineName() {
        let host = tree.text(Bytes("/proc/sys/kernel/hostname")) ?? Bytes("this machine")
        guard tree.exists(Bytes("/run/avahi-daemon/pid")) else {
            return findings.advise("name") { line in
                line.add("nobody announces ")
                line.add(host)
                line.add(".local: others need the address")
            } better: { $0.add("sudo apt-get install avahi-daemon") }
        }
        findings.good("name") { line in
            line.add("others find this machine as ")
            line.add(host)
            line.add(".local")
        }
    }
}

extension Scheme {
    /// What says where the server waits for it.
    fileprivate var setting: StaticString {
        switch self {
        case .http: "listen"
        case .https: "listen_tls"
        }
    }

    /// The package's unit with which systemd waits instead.
    fileprivate var socketUnit: StaticString {
        switch self {
        case .http: "concord.socket"
        case .https: "concord-https.socket"
        }
    }
}

extension Line {
    /// The setting that has the server wait on that port of every address.
    fileprivate mutating func add(_ scheme: Scheme, at port: Int) {
        add(scheme.setting)
        add(" = *:")
        add(port)
    }

    fileprivate mutating func add(
        _ ports: some Sequence<Int>, before: StaticString, after: StaticString = ""
    ) {
        for port in ports {
            add(before)
            add(port)
            add(after)
        }
    }
}
