using System.Security;

namespace MailPass;

/// <summary>A generated password.</summary>
public sealed class GeneratedPassword
{
    internal GeneratedPassword(SecureString password, double entropyBits)
    {
        Password = password;
        EntropyBits = Math.Round(entropyBits, 1);
    }

    /// <summary>The password.</summary>
    public SecureString Password { get; }

    /// <summary>The length in characters.</summary>
    public int Length => Password.Length;

    /// <summary>How many bits an attacker who knows everything except the draw must guess.</summary>
    public double EntropyBits { get; }

    /// <summary>Never the password.</summary>
    public override string ToString() => $"({EntropyBits} bits)";
}
