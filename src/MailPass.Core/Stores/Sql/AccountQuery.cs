using System.Data.Common;
using System.Globalization;
using System.Text.Json;
using MailPass.Hashing;
using MailPass.Mailboxes;

namespace MailPass.Stores.Sql;

/// <summary>The columns to read for a mailbox, and how a row becomes a <see cref="MailboxAccount"/>.</summary>
internal sealed class AccountQuery
{
    private readonly BoundSchema _bound;
    private readonly SqlDatabase _database;
    private readonly List<ColumnRef> _columns = [];
    private readonly int _key;
    private readonly int _address;
    private readonly int _hash;
    private readonly int _name;
    private readonly int _changed;
    private readonly string[] _places;
    private readonly Test[] _only;
    private readonly (SchemaLogin Login, Test Test)[] _login;
    private readonly (SchemaGuard Guard, Test Test)[] _refuse;

    public AccountQuery(SqlDatabase database, BoundSchema bound)
    {
        _bound = bound;
        _database = database;
        var mailbox = bound.Schema.Mailbox;
        _key = Ordinal(mailbox.Key);
        _address = Ordinal(mailbox.Address);
        _hash = Ordinal(bound.Schema.Hash.Column);
        _name = mailbox.Name is { } name && Exists(name) ? Ordinal(name) : -1;
        _changed = mailbox.Changed is { } changed && Exists(changed.Column) ? Ordinal(changed.Column) : -1;
        _only = bound.Only.Select(TestOf).ToArray();
        _login = bound.Login.Select(login => (login, TestOf(login.Condition))).ToArray();
        _refuse = bound.Refuse.Select(guard => (guard, TestOf(guard.Condition))).ToArray();
        Text = new SqlText(database, bound);
        var kept = bound.Kept;
        _places = kept.Select(column => column.Place).ToArray();
        Aliases = _columns.Concat(kept.Select(column => column.Column)).Select(column => column.Alias).ToHashSet(StringComparer.Ordinal);
        SelectList = string.Join(", ", _columns.Select(column => database.Selected(bound.Column(column), Text.Ref(column))).Concat(kept.Select(column =>
            column.Member is { } path ? database.JsonMember(Text.Ref(column.Column), path) : database.Text(Text.Ref(column.Column)))));
    }

    /// <summary>The columns, as SQL for SELECT.</summary>
    public string SelectList { get; }

    /// <summary>The short names of the tables of these columns.</summary>
    public IReadOnlySet<string> Aliases { get; }

    /// <summary>The schema's names in the dialect.</summary>
    public SqlText Text { get; }

    /// <summary>The row's key.</summary>
    /// <param name="reader">The reader, at the row.</param>
    public string Key(DbDataReader reader) => ColumnText.Read(reader, _key) ?? string.Empty;

    /// <summary>The mailbox in a row.</summary>
    /// <param name="reader">The reader, at the row.</param>
    /// <returns><see langword="null"/> if the row is not a mailbox.</returns>
    public MailboxAccount? Read(DbDataReader reader) => Read(reader, out _);

    /// <inheritdoc cref="Read(DbDataReader)"/>
    /// <param name="reader">The reader, at the row.</param>
    /// <param name="spelling">The address as the row spells it.</param>
    public MailboxAccount? Read(DbDataReader reader, out string? spelling)
    {
        spelling = null;
        foreach (var test in _only)
        {
            if (!test.Holds(reader))
            {
                return null;
            }
        }

        spelling = ColumnText.Read(reader, _address);
        if (!MailboxAddress.TryParse(spelling, out var address, out _))
        {
            return null;
        }

        var state = MailboxState.Active;
        string? reason = null;
        foreach (var (login, test) in _login)
        {
            if (!test.Holds(reader))
            {
                var because = login.Because.Replace("{value}", test.Value(reader) ?? "NULL", StringComparison.Ordinal);
                (state, reason) = (login.Otherwise, state == login.Otherwise && reason is not null ? $"{reason} {because}" : because);
                if (state is not MailboxState.Active)
                {
                    break;
                }
            }
        }

        var hash = ColumnText.Read(reader, _hash);
        if (state is MailboxState.Active && PasswordLock.IsLocked(hash))
        {
            (state, reason) = (MailboxState.Disabled, "Its password is locked (! or * stands before the hash).");
        }

        return new MailboxAccount
        {
            Address = address,
            StoreKey = _key == _address ? spelling! : Key(reader),
            State = state,
            StateReason = reason,
            PasswordHash = hash,
            DisplayName = _name < 0 ? null : ColumnText.Read(reader, _name),
            PasswordChanged = _changed < 0 ? null : ReadTime(reader),
            WriteRefusal = Refusal(reader),
            Bookkeeping = _places.Length == 0 ? null : ReadBookkeeping(reader),
        };
    }

    private Bookkeeping ReadBookkeeping(DbDataReader reader)
    {
        var values = new string?[_places.Length];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = ColumnText.Read(reader, _columns.Count + i);
        }

        return new Bookkeeping(_places, values);
    }

    private string? Refusal(DbDataReader reader)
    {
        foreach (var (guard, test) in _refuse)
        {
            if (!test.Holds(reader))
            {
                return guard.Unless is { } option
                    ? $"{guard.Because} The schema's option {option} lifts this: {_bound.Schema.Options[option]}"
                    : guard.Because;
            }
        }

        return null;
    }

    private DateTimeOffset? ReadTime(DbDataReader reader)
    {
        var clock = _bound.Schema.Mailbox.Changed!.Clock;
        var offset = clock == SchemaClock.Server ? _database.ServerOffset : TimeSpan.Zero;
        switch (reader.GetValue(_changed))
        {
            case DateTimeOffset time:
                return time;
            case DateTime { Kind: DateTimeKind.Utc } time:
                return time;
            // The driver returns MySQL's zero date as year 1.
            case DateTime time:
                return time.Year == 1 ? null : new DateTimeOffset(DateTime.SpecifyKind(time, DateTimeKind.Unspecified), offset);
            case string text when clock != SchemaClock.Unix:
                return DateTime.TryParse(text, CultureInfo.InvariantCulture, out var parsed)
                    ? new DateTimeOffset(DateTime.SpecifyKind(parsed, DateTimeKind.Unspecified), offset)
                    : null;
            case IConvertible number and not DBNull when clock == SchemaClock.Unix:
                var seconds = number.ToInt64(CultureInfo.InvariantCulture);
                return seconds > 0 ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null;
            default:
                return null;
        }
    }

    private bool Exists(ColumnRef column) =>
        (column.Alias == _bound.Schema.Mailbox.Alias || _bound.Joins.Any(join => join.Alias == column.Alias))
        && _bound.Table(column.Alias).Columns.ContainsKey(column.Column);

    private int Ordinal(ColumnRef column)
    {
        var at = _columns.IndexOf(column);
        if (at < 0)
        {
            at = _columns.Count;
            _columns.Add(column);
        }

        return at;
    }

    private Test TestOf(SchemaCondition condition) =>
        new([(condition, Ordinal(condition.Column)), .. condition.Or.Select(other => (other, Ordinal(other.Column)))]);

    /// <summary>A condition with its alternatives, and the places of their columns in the row.</summary>
    private sealed class Test((SchemaCondition Condition, int Ordinal)[] alternatives)
    {
        public bool Holds(DbDataReader reader)
        {
            foreach (var (condition, ordinal) in alternatives)
            {
                if (Holds(condition, Text(condition, ColumnText.Read(reader, ordinal))))
                {
                    return true;
                }
            }

            return false;
        }

        public string? Value(DbDataReader reader) => Text(alternatives[0].Condition, ColumnText.Read(reader, alternatives[0].Ordinal));

        // A text that is not JSON has no member.
        private static string? Text(SchemaCondition condition, string? value)
        {
            if (condition.Member is not { } path || value is not ['{', ..])
            {
                return condition.Member is null ? value : null;
            }

            try
            {
                using var json = JsonDocument.Parse(value);
                var element = json.RootElement;
                foreach (var name in path.Split('.').Skip(1))
                {
                    if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(name, out element))
                    {
                        return null;
                    }
                }

                return element.ValueKind switch
                {
                    JsonValueKind.Null => null,
                    JsonValueKind.True => "1",
                    JsonValueKind.False => "0",
                    _ => element.ToString(),
                };
            }
            catch (JsonException)
            {
                return null;
            }
        }

        private static bool Holds(SchemaCondition condition, string? value)
        {
            // No enumerator: this runs for each condition of each row.
            for (var i = 0; i < condition.Values.Count; i++)
            {
                if (string.Equals(condition.Values[i], value, StringComparison.OrdinalIgnoreCase))
                {
                    return !condition.Negated;
                }
            }

            return condition.Negated;
        }
    }
}
