"""What a record says about the machine."""

import socket

from benchmarks.machine import installed, processor_name, this_machine


def test_the_processor_is_named_as_linux_names_it(tmp_path):
    (tmp_path / "cpuinfo").write_text("processor\t: 0\nmodel name\t: Some  CPU @ 2 GHz\nflags\t: a b\n")
    assert processor_name(tmp_path / "cpuinfo") == "Some CPU @ 2 GHz"


def test_a_machine_without_that_file_is_named_by_its_architecture(tmp_path):
    assert processor_name(tmp_path / "missing")


def test_the_record_holds_no_name_of_the_host():
    text = this_machine().text()
    assert socket.gethostname() not in text
    assert "torch 2." in text


def test_a_package_that_is_missing_is_said_to_be():
    assert installed("no-such-package-at-all") == "none"
