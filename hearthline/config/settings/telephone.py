"""Telephones: the trunk by which they are reached. Without one the worker does not run and nothing is offered."""

import os

SIP_TRUNK = os.environ.get("HEARTHLINE_SIP_TRUNK", "")  # host, or host:port
SIP_TRANSPORT = os.environ.get("HEARTHLINE_SIP_TRANSPORT", "udp")  # udp, tcp or tls
SIP_LISTEN = os.environ.get("HEARTHLINE_SIP_LISTEN", "127.0.0.1")  # also the address that the trunk is told
SIP_PORT = int(os.environ.get("HEARTHLINE_SIP_PORT", "5060"))
SIP_MEDIA_ADDRESS = os.environ.get("HEARTHLINE_SIP_MEDIA_ADDRESS", SIP_LISTEN)
SIP_MEDIA_PORTS = os.environ.get("HEARTHLINE_SIP_MEDIA_PORTS", "")  # first-last, as the firewall lets through
SIP_PEER_ADDRESS = os.environ.get(
    "HEARTHLINE_SIP_PEER_ADDRESS", ""
)  # where browsers meet it; empty: any of ours
SIP_DOMAIN = os.environ.get("HEARTHLINE_SIP_DOMAIN", "")  # of our own address; empty: the trunk's host
SIP_USER = os.environ.get("HEARTHLINE_SIP_USER", "")
SIP_PASSWORD = os.environ.get("HEARTHLINE_SIP_PASSWORD", "")
SIP_REGISTERS = os.environ.get("HEARTHLINE_SIP_REGISTERS", "") == "yes"
SIP_CALLER = os.environ.get("HEARTHLINE_SIP_CALLER", "anonymous")  # the number that telephones show
SIP_SECURES_SOUND = os.environ.get("HEARTHLINE_SIP_SRTP", "") == "yes"
SIP_ALLOWED = os.environ.get("HEARTHLINE_SIP_ALLOWED", "")  # networks beside the trunk's own address
SIP_CERTIFICATE = os.environ.get(
    "HEARTHLINE_SIP_CERTIFICATE", ""
)  # ours, where the trunk connects to us by TLS
SIP_PRIVATE_KEY = os.environ.get("HEARTHLINE_SIP_PRIVATE_KEY", "")
SIP_TRUNK_CA = os.environ.get("HEARTHLINE_SIP_TRUNK_CA", "")  # empty: the authorities of the system
SIP_VPN = os.environ.get("HEARTHLINE_SIP_VPN", "") == "yes"  # the way to the trunk is closed by other means
