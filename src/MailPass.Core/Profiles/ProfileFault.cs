using System.Globalization;

namespace MailPass.Profiles;

/// <summary>Something that is wrong in a profile.</summary>
/// <param name="Path">Where: the JSON path (<c>dovecot.servers[1]</c>), or a line if the file is not JSON; empty for the file as a whole.</param>
/// <param name="Reason">The fault, as a sentence. Never a secret.</param>
/// <param name="Remedy">What to do about it, as a sentence.</param>
/// <param name="ErrorId"><see cref="ErrorIds.ProfileInvalid"/> or <see cref="ErrorIds.ProfileUnsafe"/>.</param>
public sealed record ProfileFault(string Path, string Reason, string Remedy, string ErrorId = ErrorIds.ProfileInvalid)
{
    /// <summary>Place, reason and remedy in one line.</summary>
    public override string ToString() => Path.Length == 0 ? $"{Reason} {Remedy}" : $"{Path}: {Reason} {Remedy}";
}

/// <summary>A profile that cannot be used, with everything that is wrong with it.</summary>
public sealed class ProfileException : MailPassException
{
    /// <summary>Makes the fault.</summary>
    /// <param name="file">The profile's file.</param>
    /// <param name="faults">What is wrong, one or more.</param>
    public ProfileException(string file, IReadOnlyList<ProfileFault> faults)
        : base(
            IdOf(faults),
            faults is [var one]
                ? $"The profile '{file}' cannot be used. {(one.Path.Length == 0 ? one.Reason : $"{one.Path}: {one.Reason}")}"
                : string.Create(CultureInfo.InvariantCulture, $"The profile '{file}' has {faults.Count} faults. {string.Join(' ', faults)}"),
            faults is [var only] ? only.Remedy : "Correct each of them; `mailpass profile check` and Test-MailStoreProfile list them one by one.")
    {
        File = file;
        Faults = faults;
    }

    /// <summary>The profile's file.</summary>
    public string File { get; }

    /// <summary>What is wrong, in the file's order.</summary>
    public IReadOnlyList<ProfileFault> Faults { get; }

    private static string IdOf(IReadOnlyList<ProfileFault> faults)
    {
        ArgumentNullException.ThrowIfNull(faults);
        ArgumentOutOfRangeException.ThrowIfZero(faults.Count);
        return faults.All(fault => fault.ErrorId == ErrorIds.ProfileUnsafe) ? ErrorIds.ProfileUnsafe : ErrorIds.ProfileInvalid;
    }
}
