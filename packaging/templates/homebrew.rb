# Made by scripts/release; changes belong into packaging/templates/homebrew.rb.
class MicrosoftMcpServer < Formula
  desc "Microsoft Graph for MCP clients"
  homepage "https://github.com/sapientsai/microsoft-mcp-server"
  version "@VERSION@"
  license "MIT"

  on_macos do
    on_arm do
      url "https://github.com/sapientsai/microsoft-mcp-server/releases/download/v@VERSION@/microsoft-mcp-server_@VERSION@_darwin_arm64.tar.gz"
      sha256 "@SHA256_DARWIN_ARM64@"
    end
    on_intel do
      url "https://github.com/sapientsai/microsoft-mcp-server/releases/download/v@VERSION@/microsoft-mcp-server_@VERSION@_darwin_amd64.tar.gz"
      sha256 "@SHA256_DARWIN_AMD64@"
    end
  end

  on_linux do
    on_arm do
      url "https://github.com/sapientsai/microsoft-mcp-server/releases/download/v@VERSION@/microsoft-mcp-server_@VERSION@_linux_arm64.tar.gz"
      sha256 "@SHA256_LINUX_ARM64@"
    end
    on_intel do
      url "https://github.com/sapientsai/microsoft-mcp-server/releases/download/v@VERSION@/microsoft-mcp-server_@VERSION@_linux_amd64.tar.gz"
      sha256 "@SHA256_LINUX_AMD64@"
    end
  end

  def install
    bin.install "microsoft-mcp-server"
    bash_completion.install "completions/microsoft-mcp-server.bash" => "microsoft-mcp-server"
    zsh_completion.install "completions/_microsoft-mcp-server"
    fish_completion.install "completions/microsoft-mcp-server.fish"
    man1.install Dir["man/*.1"]
    doc.install "config.example.toml", "THIRD_PARTY_NOTICES.txt"
  end

  test do
    assert_equal version.to_s, shell_output("#{bin}/microsoft-mcp-server version").strip
    assert_match "displayName", shell_output("#{bin}/microsoft-mcp-server demo --once")
  end
end
