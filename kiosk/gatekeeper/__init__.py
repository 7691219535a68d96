"""The gatekeeper process: devices, decision, gate and journal. Imports no Qt and opens no network socket."""
