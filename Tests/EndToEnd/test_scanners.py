"""What scanners that look for weaknesses say of a server's TLS."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from support.trust import Trusting

pytestmark = pytest.mark.slow

# An authority at home keeps no list of what it takes back: it is replaced.
OF_A_LOCAL_AUTHORITY = {"cert_revocation"}


@pytest.fixture(scope="module")
def trusting(make_server, tmp_path_factory):
    server = make_server(settings={"tls": "auto"})
    return Trusting(server, tmp_path_factory.mktemp("scanned"))


def test_sslyze_finds_it_as_mozilla_recommends(trusting, tmp_path):
    report = tmp_path / "sslyze.json"
    result = subprocess.run(
        [Path(sys.executable).with_name("sslyze"), "--certinfo_ca_file", trusting.ca,
         "--mozilla_config", "intermediate", "--json_out", report, f"localhost:{trusting.port}"],
        capture_output=True, text=True, timeout=120, check=False)
    (scan,) = json.loads(report.read_text())["server_scan_results"]
    assert scan["scan_status"] == "COMPLETED"
    results = {name: each["result"] for name, each in scan["scan_result"].items() if each}
    assert result.returncode == 0, result.stdout[-3000:]
    for version in ("ssl_2_0", "ssl_3_0", "tls_1_0", "tls_1_1"):
        assert results[f"{version}_cipher_suites"]["accepted_cipher_suites"] == [], version
    suites = results["tls_1_2_cipher_suites"]["accepted_cipher_suites"]
    assert suites
    for suite in suites:
        name = suite["cipher_suite"]["name"]
        assert name.startswith("TLS_ECDHE_ECDSA_")
        assert "GCM" in name or "CHACHA20" in name or "CCM" in name, name
    curves = {curve["name"] for curve in results["elliptic_curves"]["supported_curves"]}
    assert curves and curves <= {"prime256v1", "secp256r1", "X25519"}
    assert not results["tls_compression"]["supports_compression"]
    assert not results["session_renegotiation"]["is_vulnerable_to_client_renegotiation_dos"]
    assert not results["heartbleed"]["is_vulnerable_to_heartbleed"]
    assert not results["openssl_ccs_injection"]["is_vulnerable_to_ccs_injection"]
    (deployment,) = results["certificate_info"]["certificate_deployments"]
    assert deployment["received_chain_has_valid_order"]
    assert not deployment["received_chain_contains_anchor_certificate"]
    assert any(each["was_validation_successful"]
               for each in deployment["path_validation_results"])


def test_testssl_finds_nothing_above_low(trusting, tmp_path):
    report = tmp_path / "testssl.json"
    subprocess.run(
        ["testssl", "--quiet", "--color", "0", "--warnings", "batch", "--openssl-timeout", "10",
         "--protocols", "--std", "--pfs", "--server-preference", "--server-defaults", "--headers",
         "--vulnerable", "--add-ca", trusting.ca, "--jsonfile", report,
         f"localhost:{trusting.port}"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=400, check=False)
    findings = json.loads(report.read_text())
    assert len(findings) > 80
    bad = {each["id"]: f"{each['severity']}: {each['finding']}" for each in findings
           if each["severity"] in ("MEDIUM", "HIGH", "CRITICAL", "FATAL")}
    assert bad.keys() <= OF_A_LOCAL_AUTHORITY, bad
    by_name = {each["id"]: each["finding"] for each in findings}
    for protocol in ("SSLv2", "SSLv3", "TLS1", "TLS1_1"):
        assert "not offered" in by_name[protocol]
    for weakness in ("heartbleed", "CCS", "ROBOT", "secure_client_renego", "CRIME_TLS", "POODLE_SSL",
                     "SWEET32", "FREAK", "DROWN", "LOGJAM", "BEAST", "RC4", "LUCKY13"):
        assert "not vulnerable" in by_name[weakness] or "not potentially" in by_name[weakness], (
            weakness, by_name[weakness])
