namespace MailPass.Doors;

/// <summary>How long a conversation may take, not counting the time that the door itself needs.</summary>
public sealed record DoorTimes
{
    /// <summary>From an answer to the end of the client's next line.</summary>
    public TimeSpan Line { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Until the client has taken an answer, and until TLS is agreed upon.</summary>
    public TimeSpan Answer { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>From its beginning to its last line.</summary>
    public TimeSpan Conversation { get; init; } = TimeSpan.FromMinutes(5);
}
