# A check for a flake, or "nix-build packaging/nix/check.nix": builds the programs, and judges the manager on the
# simulated Postfix. The sandbox of a Nix build has no Postfix in /usr, and is none of the suite's.
{ pkgs ? import <nixpkgs> { } }:
pkgs.rustPlatform.buildRustPackage {
  pname = "postfix-wrapper";
  version = "0.2.0";
  src = ../..;
  cargoLock.lockFile = ../../Cargo.lock;
  buildPhase = "cargo xtask install --destdir staged --prefix /";
  checkPhase = "staged/bin/postfix-conformance run --quiet --work-dir $TMPDIR";
  installPhase = "mkdir -p $out && cp -a staged/. $out/";
}
